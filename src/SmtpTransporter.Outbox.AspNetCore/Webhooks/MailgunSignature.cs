using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>The signature of Mailgun, which stands in the body beside what it is for.</summary>
/// <param name="Timestamp">The time, in seconds since 1970, as it was signed.</param>
/// <param name="Token">A random text.</param>
/// <param name="Signature">The signature of both, in hexadecimal digits.</param>
internal sealed record MailgunSignature(string Timestamp, string Token, string Signature)
{
    private const int MaxLength = 200;

    /// <summary>Finds the signature, and reads nothing else.</summary>
    /// <returns>The signature; null if there is none.</returns>
    /// <exception cref="WebhookException">The body is not JSON, or has more than one signature.</exception>
    public static MailgunSignature? Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = WebhookJson.MaxDepth });
        try
        {
            MailgunSignature? found = null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw WebhookJson.Malformed();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isSignature = reader.ValueTextEquals("signature"u8);
                reader.Read();
                if (isSignature && reader.TokenType == JsonTokenType.StartObject)
                    found = found is null ? Read(ref reader) : throw WebhookJson.Malformed();
                else
                    reader.Skip();
            }
            // What follows the object is an error, too.
            reader.Read();
            return found;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw WebhookJson.Malformed();
        }
    }

    private static MailgunSignature Read(ref Utf8JsonReader reader)
    {
        string?[] values = [null, null, null];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = reader.ValueTextEquals("timestamp"u8) ? 0
                : reader.ValueTextEquals("token"u8) ? 1
                : reader.ValueTextEquals("signature"u8) ? 2
                : -1;
            reader.Read();
            if (index >= 0 && values[index] is not null)
                throw WebhookJson.Malformed();
            if (index >= 0)
                values[index] = TextOf(ref reader);
            reader.Skip();
        }
        return new MailgunSignature(values[0] ?? "", values[1] ?? "", values[2] ?? "");
    }

    private static string TextOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        _ when reader.ValueSpan.Length > MaxLength => "",
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
        _ => "",
    };
}
