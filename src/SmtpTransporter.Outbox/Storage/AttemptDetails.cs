using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>What is stored of an attempt, as JSON.</summary>
internal sealed record AttemptDetails(string Worker, Outcome? Outcome, int Status, string Text, double Milliseconds)
{
    /// <summary>Stands for an attempt that cannot be decrypted.</summary>
    public static AttemptDetails Unreadable { get; } = new("", null, 0, "It cannot be decrypted.", 0);

    /// <summary>Identifies the decision of a person or a policy; null for an attempt.</summary>
    public Guid? Decision { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.AttemptDetails);

    public static AttemptDetails FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.AttemptDetails)!;
}
