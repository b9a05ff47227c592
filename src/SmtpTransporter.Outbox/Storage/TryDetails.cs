using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>What is kept of a try, as JSON.</summary>
internal sealed record TryDetails(string Worker, Outcome? Outcome, int Status, string Text, double Milliseconds)
{
    /// <summary>For one whose key is gone.</summary>
    public static TryDetails Unreadable { get; } = new("", null, 0, "It cannot be decrypted.", 0);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.TryDetails);

    public static TryDetails FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.TryDetails)!;
}
