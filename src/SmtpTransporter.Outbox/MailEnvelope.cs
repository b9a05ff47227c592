using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>What is kept of a mail beside its octets, as JSON: the envelope, what was said of each recipient, and where the octets are.</summary>
internal sealed record MailEnvelope(
    string Sender,
    IReadOnlyList<StoredRecipient> Recipients,
    string Subject,
    string MessageId,
    DeliveryNotifications Notify,
    string? EnvelopeId,
    IReadOnlyList<Piece> Pieces)
{
    /// <summary>For one whose key is gone.</summary>
    public static MailEnvelope Unreadable { get; } = new("", [], "", "", DeliveryNotifications.Unspecified, null, []);

    /// <summary>Those who may still get it.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Open => [.. Recipients.Where(r => r.IsOpen).Select(r => r.Address)];

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.MailEnvelope);

    public static MailEnvelope FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.MailEnvelope)!;
}

/// <summary>A recipient, and what was said of it last.</summary>
internal sealed record StoredRecipient(string Address, RecipientState State = RecipientState.NotTried, int Status = 0, string? Enhanced = null, string Text = "", bool IsClosed = false)
{
    /// <summary>Whether it may still get the mail.</summary>
    [JsonIgnore]
    public bool IsOpen => !IsClosed && State is RecipientState.NotTried or RecipientState.Deferred;

    public RecipientResult ToResult() =>
        new(Address, State, Status, EnhancedStatus.TryParse(Enhanced, out var enhanced) ? enhanced : null, Text);
}

/// <summary>A stretch of the message: in the mail's own row, or beside it under an id.</summary>
internal sealed record Piece(int Length, string? PartId);

/// <summary>What is kept of a try, as JSON.</summary>
internal sealed record TryDetails(string Worker, Outcome? Outcome, int Status, string Text, double Milliseconds)
{
    /// <summary>For one whose key is gone.</summary>
    public static TryDetails Unreadable { get; } = new("", null, 0, "It cannot be decrypted.", 0);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.TryDetails);

    public static TryDetails FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.TryDetails)!;
}

[JsonSerializable(typeof(MailEnvelope))]
[JsonSerializable(typeof(TryDetails))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class OutboxJson : JsonSerializerContext;
