namespace SmtpTransport.Outbox;

/// <summary>What <see cref="IOutbox.ReencryptAsync"/> has done.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="ReencryptedCount">How many emails are encrypted with the current key now, and were not before.</param>
/// <param name="RevokedCount">How many are encrypted with a key that was revoked, and were left as they are.</param>
/// <param name="UnreadableCount">How many cannot be decrypted: the application does not have their key, or they are damaged.</param>
public sealed record OutboxReencryption(int ReencryptedCount, int RevokedCount, int UnreadableCount);
