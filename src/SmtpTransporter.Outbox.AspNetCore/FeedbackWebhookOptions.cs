using System.Security.Cryptography;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Which services may report what became of emails, and with which keys.</summary>
/// <remarks>
/// Each method may be called again, to change a key without a gap: any of the keys counts. For one caller at a time; it is read once, by
/// <c>MapFeedback</c>. It prints no secret.
/// </remarks>
public sealed class FeedbackWebhookOptions
{
    private const int MinBody = 1024;
    private const int MaxBody = 16 << 20;
    private const int MinSecret = 8;

    private static readonly TimeSpan MaxTolerance = TimeSpan.FromDays(30);

    /// <summary>
    /// How old a request may be: more than zero, at most 30 days. Default: 1 day, as long as the services try again at most.
    /// </summary>
    /// <remarks>
    /// Amazon SNS, SendGrid and Mailgun sign the time. Postmark signs nothing; there it is the time of the event. What lies more than 5
    /// minutes in the future is refused, too.
    /// </remarks>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The largest body of a request in bytes, 1,024 to 16,777,216. Default: 1,048,576 (1 MiB).</summary>
    /// <remarks>A message of Amazon SNS has at most 256 KB; SendGrid collects up to 768 KB of events; the others send one event.</remarks>
    public int MaxBodySize { get; set; } = 1 << 20;

    /// <summary>
    /// The name of the metadata that says which email it is: a token of <see cref="Tokens"/>, the id of an outbox entry, or a Message-ID.
    /// Default: <c>email-id</c>. The case does not count.
    /// </summary>
    /// <remarks>
    /// It is a custom variable of Mailgun, a unique argument of SendGrid, metadata of Postmark (<c>X-PM-Metadata-email-id</c>), or a tag of
    /// Amazon SES or the header field <c>X-email-id</c>. Without it, the return path and the Message-ID count, as far as a service has
    /// them: Postmark has neither.
    /// </remarks>
    public string MetadataName { get; set; } = "email-id";

    /// <summary>The tokens in the return paths (<see cref="OutboxOptions.UseFeedbackTokens"/>) or in the metadata. Default: none.</summary>
    public FeedbackTokens? Tokens { get; set; }

    /// <summary>
    /// Records an event instead of an outbox: what it says, and the id of the event, which is the same if the service sends it again.
    /// Default: none; the outbox records it.
    /// </summary>
    /// <remarks>
    /// It may be called concurrently, and again for the same event, after a restart or from another machine. If it throws, the service is
    /// answered with 503 and sends the events again.
    /// </remarks>
    public Func<EmailFeedback, string, CancellationToken, Task>? Record { get; set; }

    /// <summary>
    /// Through what the certificates of Amazon SNS are fetched, and subscriptions confirmed, such as a proxy. Default: a handler of its own
    /// that follows no redirects. The caller disposes it.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    internal HashSet<string> SesTopics { get; } = new(StringComparer.Ordinal);

    internal List<ECParameters> SendGridKeys { get; } = [];

    internal List<string> MailgunKeys { get; } = [];

    internal List<string> PostmarkLogins { get; } = [];

    /// <summary>Takes events of Amazon SES from topics of Amazon SNS, at the path <c>/ses</c>.</summary>
    /// <remarks>
    /// A subscription of such a topic is confirmed by itself. Raw message delivery must be off: raw messages have no signature.
    /// </remarks>
    /// <param name="topicArns">The topics, such as <c>arn:aws:sns:eu-west-1:123456789012:ses-feedback</c>. All others are refused.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">There is no topic, or one is not the ARN of a topic.</exception>
    public FeedbackWebhookOptions UseAmazonSes(params IEnumerable<string> topicArns)
    {
        foreach (var arn in NotEmpty(topicArns, nameof(topicArns)))
        {
            if (arn.Split(':') is not ["arn", _, "sns", { Length: > 0 }, { Length: > 0 }, { Length: > 0 }])
            {
                throw new ArgumentException(
                    $"\"{arn}\" is not a topic such as arn:aws:sns:eu-west-1:123456789012:ses-feedback.", nameof(topicArns));
            }
            SesTopics.Add(arn);
        }
        return this;
    }

    /// <summary>Takes the signed events of SendGrid, at the path <c>/sendgrid</c>.</summary>
    /// <param name="publicKeys">The verification keys that SendGrid shows: P-256, as Base64 or PEM.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">There is no key, or one is not such a key.</exception>
    public FeedbackWebhookOptions UseSendGrid(params IEnumerable<string> publicKeys)
    {
        foreach (var key in NotEmpty(publicKeys, nameof(publicKeys)))
        {
            SendGridKeys.Add(ReadKey(key) ?? throw new ArgumentException(
                "A key is not a public key of P-256 in Base64 or PEM. Copy the verification key of the signed event webhook.",
                nameof(publicKeys)));
        }
        return this;
    }

    /// <summary>Takes the events of Mailgun, at the path <c>/mailgun</c>.</summary>
    /// <param name="signingKeys">The HTTP webhook signing keys, at least 8 characters each. They are not the API keys.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">There is no key, or one is too short.</exception>
    public FeedbackWebhookOptions UseMailgun(params IEnumerable<string> signingKeys)
    {
        foreach (var key in NotEmpty(signingKeys, nameof(signingKeys)))
        {
            if (key.Length < MinSecret)
                throw new ArgumentException($"A key has {key.Length} characters; allowed: at least {MinSecret}.", nameof(signingKeys));
            MailgunKeys.Add(key);
        }
        return this;
    }

    /// <summary>Takes the events of Postmark, at the path <c>/postmark</c>.</summary>
    /// <param name="user">The user in the URL that Postmark was given (<c>https://user:password@…</c>), without a colon.</param>
    /// <param name="password">The password in it, at least 8 characters.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">The user is empty or has a colon, or the password is too short.</exception>
    public FeedbackWebhookOptions UsePostmark(string user, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentNullException.ThrowIfNull(password);
        if (user.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException("The user has a colon, which ends it in the URL (RFC 7617). Choose another one.", nameof(user));
        if (password.Length < MinSecret)
        {
            throw new ArgumentException(
                $"The password has {password.Length} characters; allowed: at least {MinSecret}.", nameof(password));
        }
        PostmarkLogins.Add($"{user}:{password}");
        return this;
    }

    /// <exception cref="InvalidOperationException">A value is outside its range, or there is no service.</exception>
    internal void ThrowIfInvalid()
    {
        if (Tolerance <= TimeSpan.Zero || Tolerance > MaxTolerance)
            throw new InvalidOperationException($"Tolerance is {Tolerance}; allowed: more than zero, at most {MaxTolerance.Days} days.");
        if (MaxBodySize is < MinBody or > MaxBody)
            throw new InvalidOperationException($"MaxBodySize is {MaxBodySize}; allowed: {MinBody} to {MaxBody}.");
        if (string.IsNullOrWhiteSpace(MetadataName))
            throw new InvalidOperationException("MetadataName is empty. Leave it as it is, or name the metadata.");
        if (SesTopics.Count + SendGridKeys.Count + MailgunKeys.Count + PostmarkLogins.Count == 0)
        {
            throw new InvalidOperationException(
                "MapFeedback has no service. Call UseAmazonSes, UseSendGrid, UseMailgun or UsePostmark in its options.");
        }
    }

    private static List<string> NotEmpty(IEnumerable<string> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        List<string> all = [.. values];
        return all.Count > 0 && !all.Exists(string.IsNullOrWhiteSpace)
            ? all
            : throw new ArgumentException("There is no value, or one is empty. Is it missing in the configuration?", name);
    }

    /// <summary>Reads a public key; null if it is none of P-256.</summary>
    private static ECParameters? ReadKey(string key)
    {
        using var ecdsa = ECDsa.Create();
        try
        {
            if (key.Contains("-----", StringComparison.Ordinal))
                ecdsa.ImportFromPem(key);
            else
                ecdsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(key), out _);
            var parameters = ecdsa.ExportParameters(false);
            if (ecdsa.KeySize == 256 && parameters.Curve.Oid is { Value: "1.2.840.10045.3.1.7" } or { FriendlyName: "nistP256" })
                return parameters;
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException or ArgumentException)
        {
            // The caller says what is wrong.
        }
        return null;
    }
}
