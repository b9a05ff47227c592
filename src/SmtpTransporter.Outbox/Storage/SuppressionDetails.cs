using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>What is stored of an entry of the suppression list that tells about a person, as JSON.</summary>
/// <param name="Address">The address; null if it was erased.</param>
/// <param name="Words">More about the reason.</param>
/// <param name="By">Who added it.</param>
internal sealed record SuppressionDetails(string? Address, string? Words, string? By)
{
    /// <summary>Stands for what was erased, or cannot be decrypted.</summary>
    public static SuppressionDetails None { get; } = new(null, null, null);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.SuppressionDetails);

    public static SuppressionDetails FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.SuppressionDetails)!;
}
