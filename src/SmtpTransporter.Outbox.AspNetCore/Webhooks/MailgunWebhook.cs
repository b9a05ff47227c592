using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>
/// The webhooks of Mailgun, which signs a time and a random token, and not the event: that is why no token counts for two events.
/// </summary>
internal sealed class MailgunWebhook(Secrets keys, WebhookClock clock, EmailNames names) : WebhookService
{
    // Of an HMAC with SHA-256.
    private const int SignatureLength = 32;

    public override string Name => "mailgun";

    public override Task<WebhookContents> ReadAsync(WebhookRequest request)
    {
        var signature = MailgunSignature.Find(request.Body.Span);
        if (signature is null || !IsValid(signature))
            throw new WebhookException(StatusCodes.Status403Forbidden, "The signature is not valid.");
        clock.Check(signature.Timestamp);
        using var json = WebhookJson.Parse(request.Body);
        List<WebhookEvent> events =
            MailgunEvents.Read(json.RootElement.Member("event-data"), names) is { } feedback ? [feedback] : [];
        return Task.FromResult(new WebhookContents(signature.Token, request.Digest, events));
    }

    private bool IsValid(MailgunSignature signature)
    {
        Span<byte> given = stackalloc byte[SignatureLength];
        return signature.Token.Length > 0
            && Convert.FromHexString(signature.Signature, given, out _, out var length) == OperationStatus.Done
            && length == SignatureLength
            && keys.HaveSigned(Encoding.UTF8.GetBytes(signature.Timestamp + signature.Token), given);
    }
}
