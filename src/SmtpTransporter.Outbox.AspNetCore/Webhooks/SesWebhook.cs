using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>What Amazon SES publishes to a topic of Amazon SNS, which signs it with a certificate of its own.</summary>
/// <param name="topics">The topics (ARN) that count.</param>
/// <param name="client">Asks SNS.</param>
/// <param name="clock">Refuses old requests.</param>
/// <param name="names">Finds out which email an event is about.</param>
/// <param name="logger">Tells of subscriptions.</param>
internal sealed class SesWebhook(
    IReadOnlySet<string> topics, SnsClient client, WebhookClock clock, EmailNames names, ILogger logger) : WebhookService
{
    // In bytes: of a key with 8192 bits.
    private const int MaxSignature = 1024;

    public override string Name => "ses";

    // SNS says that its JSON is plain text.
    public override bool Accepts(string mediaType) =>
        base.Accepts(mediaType) || mediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase);

    public override async Task<WebhookContents> ReadAsync(WebhookRequest request)
    {
        var message = SnsMessage.Read(request.Body.Span);
        var signed = await VerifyAsync(message).ConfigureAwait(false);
        var contents = new WebhookContents(message["MessageId"], Convert.ToHexStringLower(SHA256.HashData(signed)), []);
        return message["Type"] switch
        {
            "Notification" => contents with { Events = ReadEvents(message) },
            "SubscriptionConfirmation" => contents with { Confirm = () => ConfirmAsync(message) },
            _ => contents with { Confirm = () => TellEnd(message) },
        };
    }

    /// <summary>Verifies a message.</summary>
    /// <returns>What was signed.</returns>
    private async Task<byte[]> VerifyAsync(SnsMessage message)
    {
        if (message["Type"] is not ("Notification" or "SubscriptionConfirmation" or "UnsubscribeConfirmation"))
            throw WebhookJson.Malformed();
        // Before anything is fetched for the message.
        if (!topics.Contains(message["TopicArn"]))
            throw new WebhookException(StatusCodes.Status403Forbidden, "The topic is not one of those that count.");
        clock.Check(WebhookJson.ParseTime(message["Timestamp"]) ?? throw WebhookJson.Malformed());
        var signature = new byte[MaxSignature];
        if (AlgorithmOf(message["SignatureVersion"]) is not { } algorithm
            || SnsUrl.Certificate(message["SigningCertURL"]) is not { } url
            || !Convert.TryFromBase64String(message["Signature"], signature, out var length))
            throw Invalid();
        var signed = message.ToSigned();
        var certificate = await client.GetCertificateAsync(url).ConfigureAwait(false);
        return certificate.HasSigned(signed, signature[..length], algorithm) ? signed : throw Invalid();
    }

    private List<WebhookEvent> ReadEvents(SnsMessage message)
    {
        // SES also writes a sentence, such as after it has tried the topic.
        if (!message["Message"].AsSpan().TrimStart().StartsWith('{'))
            return [];
        using var json = WebhookJson.Parse(Encoding.UTF8.GetBytes(message["Message"]));
        return SesEvents.Read(json.RootElement, message["MessageId"], names) is { } read ? [read] : [];
    }

    private async Task ConfirmAsync(SnsMessage message)
    {
        var url = SnsUrl.Subscription(message["SubscribeURL"]) ?? throw Invalid();
        await client.ConfirmAsync(url).ConfigureAwait(false);
        WebhookLog.Subscribed(logger, message["TopicArn"]);
    }

    // Its URL would subscribe again.
    private Task TellEnd(SnsMessage message)
    {
        WebhookLog.Unsubscribed(logger, message["TopicArn"]);
        return Task.CompletedTask;
    }

    private static HashAlgorithmName? AlgorithmOf(string version) => version switch
    {
        "1" => HashAlgorithmName.SHA1,
        "2" => HashAlgorithmName.SHA256,
        _ => null,
    };

    private static WebhookException Invalid() => new(StatusCodes.Status403Forbidden, "The signature is missing, or is not valid.");
}
