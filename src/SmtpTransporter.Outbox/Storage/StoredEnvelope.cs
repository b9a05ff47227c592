using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>
/// What is stored of an email beside its message, as JSON: the envelope, the result of each recipient, and the layout of the message.
/// </summary>
internal sealed record StoredEnvelope(
    string Sender,
    IReadOnlyList<StoredRecipient> Recipients,
    string Subject,
    string MessageId,
    DeliveryNotifications Notify,
    string? EnvelopeId,
    IReadOnlyList<Segment> Segments)
{
    /// <summary>Whether every hop must use TLS (RFC 8689). Not in what was stored before it was known.</summary>
    public bool RequireTls { get; init; }

    /// <summary>After which time it must not be sent, even if a person sends it again; null for no time of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether the content was erased.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsErased { get; init; }

    /// <summary>The segments by the name that they had in tables without a version. It is read, and not written.</summary>
    [JsonInclude]
    internal IReadOnlyList<Segment>? Pieces
    {
        get => null;
        init => Segments = value ?? Segments;
    }

    /// <summary>Stands for an envelope that cannot be decrypted.</summary>
    public static StoredEnvelope Unreadable { get; } = new("", [], "", "", DeliveryNotifications.Unspecified, null, []);

    /// <summary>What is left of an envelope whose email was erased.</summary>
    public static StoredEnvelope Erased { get; } = Unreadable with { IsErased = true };

    /// <summary>The addresses of the recipients that may still receive the message.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> OpenAddresses => [.. Recipients.Where(r => r.IsOpen).Select(r => r.Address)];

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.StoredEnvelope);

    public static StoredEnvelope FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.StoredEnvelope)!;
}
