using System.Text;
using System.Text.Json;

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// Reads an email from JSON in the shape of JMAP (RFC 8621, section 4), such as <c>{"from": "a@x", "to": [{"name": "B", "email":
    /// "b@x"}], "subject": "…", "textBody": "…"}</c>.
    /// </summary>
    /// <param name="json">One JSON object. Names are case-sensitive.</param>
    /// <returns>The email.</returns>
    /// <remarks>The contents of attachments are in base64. Addresses are checked when the email is sent.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="FormatException">
    /// The JSON is not a valid email; the message names the unknown, repeated or wrong property.
    /// </exception>
    public static Email FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            ThrowIfDuplicated(Encoding.UTF8.GetBytes(json));
            var parsed = JsonSerializer.Deserialize(json, EmailJsonContext.Default.EmailJson);
            return EmailJsonMapper.ToEmail(parsed ?? throw new FormatException("The JSON is null."));
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The JSON is not a valid email: {EmailJsonErrors.Describe(exception)}", exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"The JSON is not a valid email: {exception.Message}", exception);
        }
    }

    /// <summary>Converts the email to JSON in the shape that <see cref="FromJson"/> reads.</summary>
    /// <returns>One JSON object without whitespace.</returns>
    /// <remarks>Attachments are read as a whole into memory; files become contents.</remarks>
    /// <exception cref="InvalidOperationException">The email is not valid; the message names the property.</exception>
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

    /// <summary>A duplicated property has two meanings: which one counts would be a guess.</summary>
    private static void ThrowIfDuplicated(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        var names = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                names.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                names.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && !names.Peek().Add(reader.GetString()!))
                throw new JsonException($"the property \"{reader.GetString()}\" is duplicated.");
        }
    }
}
