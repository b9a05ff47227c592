using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>The signed event webhook of SendGrid: ECDSA with P-256 and SHA-256 over the time and the body.</summary>
/// <param name="keys">The public keys, of which any may have signed.</param>
/// <param name="clock">Refuses old requests.</param>
/// <param name="names">Finds out which email an event is about.</param>
internal sealed class SendGridWebhook(IReadOnlyList<ECParameters> keys, WebhookClock clock, EmailNames names) : WebhookService
{
    private const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
    private const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    // In bytes: two numbers of 32 bytes with the marks of DER.
    private const int MaxSignature = 80;

    public override string Name => "sendgrid";

    public override void CheckHeaders(IHeaderDictionary headers)
    {
        clock.Check(headers[TimestampHeader].ToString());
        if (ReadSignature(headers) is null)
            throw Invalid();
    }

    public override Task<WebhookContents> ReadAsync(WebhookRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(request.Headers[TimestampHeader].ToString()));
        hash.AppendData(request.Body.Span);
        var signed = hash.GetHashAndReset();
        if (!IsValid(signed, ReadSignature(request.Headers)))
            throw Invalid();
        using var json = WebhookJson.Parse(request.Body);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw WebhookJson.Malformed();
        List<WebhookEvent> events =
            [.. json.RootElement.EnumerateArray().Select(e => SendGridEvents.Read(e, names)).OfType<WebhookEvent>()];
        // There are many valid signatures of one text: what was signed names the request.
        var digest = Convert.ToHexStringLower(signed);
        return Task.FromResult(new WebhookContents(digest, digest, events));
    }

    private bool IsValid(byte[] signed, byte[]? signature)
    {
        var isValid = false;
        foreach (var key in keys)
        {
            using var ecdsa = ECDsa.Create(key);
            isValid |= signature is not null && IsValid(ecdsa, signed, signature);
        }
        return isValid;
    }

    private static bool IsValid(ECDsa ecdsa, byte[] signed, byte[] signature)
    {
        try
        {
            return ecdsa.VerifyHash(signed, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // It is not DER.
            return false;
        }
    }

    private static byte[]? ReadSignature(IHeaderDictionary headers)
    {
        var text = headers[SignatureHeader].ToString();
        var bytes = new byte[MaxSignature];
        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private static WebhookException Invalid() => new(StatusCodes.Status403Forbidden, "The signature is missing, or is not valid.");
}
