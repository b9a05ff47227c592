using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>What is kept of a mail beside its octets, as JSON: the envelope, what was said of each recipient, and where the octets are.</summary>
internal sealed record StoredEnvelope(
    string Sender,
    IReadOnlyList<StoredRecipient> Recipients,
    string Subject,
    string MessageId,
    DeliveryNotifications Notify,
    string? EnvelopeId,
    IReadOnlyList<Segment> Pieces)
{
    /// <summary>For one whose key is gone.</summary>
    public static StoredEnvelope Unreadable { get; } = new("", [], "", "", DeliveryNotifications.Unspecified, null, []);

    /// <summary>Those who may still get it.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Open => [.. Recipients.Where(r => r.IsOpen).Select(r => r.Address)];

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.StoredEnvelope);

    public static StoredEnvelope FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.StoredEnvelope)!;
}
