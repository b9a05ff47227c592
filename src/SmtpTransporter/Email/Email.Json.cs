using System.Text;
using System.Text.Json;

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// Reads a mail from JSON in the shape of the model and of JMAP (RFC 8621), such as
    /// <c>{"from": "a@x", "to": [{"name": "B", "email": "b@x"}], "subject": "…", "textBody": "…"}</c>. Attachments have their contents in
    /// base64. Addresses are checked where the mail is sent.
    /// </summary>
    /// <param name="json">One object. Names are case-sensitive.</param>
    /// <returns>The mail.</returns>
    /// <exception cref="FormatException">This is no such JSON: the message names the unknown, repeated or wrong property.</exception>
    public static Email FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            ThrowIfRepeated(Encoding.UTF8.GetBytes(json));
            return EmailJsonMapper.ToEmail(JsonSerializer.Deserialize(json, EmailJsonContext.Default.EmailJson) ?? throw new FormatException("The JSON is null."));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            var path = exception is JsonException { Path: { } at } && !exception.Message.Contains(at, StringComparison.Ordinal) ? $" ({at})" : "";
            throw new FormatException($"The JSON is no mail: {exception.Message}{path}", exception);
        }
    }

    /// <summary>The mail as JSON; see <see cref="FromJson"/>. Attachments are read whole, and files become contents.</summary>
    /// <returns>One object without blanks.</returns>
    /// <exception cref="InvalidOperationException">The mail cannot be written; the message names the property.</exception>
    /// <exception cref="IOException">An attachment cannot be read.</exception>
    public string ToJson()
    {
        try
        {
            BodyStructureWalker.Check(this);
            return JsonSerializer.Serialize(EmailJsonMapper.ToJson(this), EmailJsonContext.Default.EmailJson);
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }

    /// <summary>A property that is there twice has two meanings: which one counts would be a guess.</summary>
    private static void ThrowIfRepeated(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        var seen = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                seen.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                seen.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && !seen.Peek().Add(reader.GetString()!))
                throw new JsonException($"the property \"{reader.GetString()}\" is there twice.");
        }
    }
}
