using System.Text;
using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>A message of Amazon SNS, in which Amazon SES's own lies as text.</summary>
internal sealed class SnsMessage
{
    private static readonly string[] NotificationFields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];

    private static readonly string[] SubscriptionFields =
        ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private static readonly HashSet<string> Known =
        [.. NotificationFields, .. SubscriptionFields, "SignatureVersion", "Signature", "SigningCertURL"];

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    private SnsMessage()
    {
    }

    /// <summary>The field; empty if there is none.</summary>
    public string this[string name] => _fields.GetValueOrDefault(name, "");

    public bool IsNotification => this["Type"] == "Notification";

    /// <summary>Reads the fields, and nothing of the message in them.</summary>
    /// <exception cref="WebhookException">The body is not a message of SNS.</exception>
    public static SnsMessage Read(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = WebhookJson.MaxDepth });
        try
        {
            var message = new SnsMessage();
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw WebhookJson.Malformed();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                message.Add(ref reader);
            // What follows the object is an error, too.
            reader.Read();
            return message._fields.ContainsKey("Type") ? message : throw WebhookJson.Malformed();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw WebhookJson.Malformed();
        }
    }

    /// <summary>The text that SNS signs, for the type of the message.</summary>
    /// <exception cref="WebhookException">A field is missing.</exception>
    public byte[] ToSigned()
    {
        var text = new StringBuilder();
        foreach (var name in IsNotification ? NotificationFields : SubscriptionFields)
        {
            if (_fields.TryGetValue(name, out var value))
                text.Append(name).Append('\n').Append(value).Append('\n');
            else if (name != "Subject")
                throw WebhookJson.Malformed();
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Add(ref Utf8JsonReader reader)
    {
        var name = reader.GetString()!;
        reader.Read();
        // A field that is there twice would be signed as one and read as the other.
        if (reader.TokenType == JsonTokenType.String && Known.Contains(name) && !_fields.TryAdd(name, reader.GetString()!))
            throw WebhookJson.Malformed();
        reader.Skip();
    }
}
