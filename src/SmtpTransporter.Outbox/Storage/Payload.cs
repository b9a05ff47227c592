namespace SmtpTransport.Outbox;

/// <summary>Something encrypted, as it was found.</summary>
/// <param name="Content">What it contains; null if it cannot be decrypted.</param>
/// <param name="NeedsNewKey">Whether it is encrypted with another key than the current one.</param>
/// <param name="IsRevoked">Whether its key was revoked.</param>
internal sealed record Payload(byte[]? Content, bool NeedsNewKey, bool IsRevoked);
