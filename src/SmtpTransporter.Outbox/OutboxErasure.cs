namespace SmtpTransport.Outbox;

/// <summary>What <see cref="IOutbox.EraseAsync"/> has done.</summary>
/// <param name="ErasedCount">The number of emails whose content was removed.</param>
/// <param name="CanceledCount">How many of them were waiting, and were canceled for it.</param>
/// <param name="Remaining">
/// The ids of the emails to the address that still have their content: they wait, are being sent, or are parked. Call it again when they
/// have ended.
/// </param>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record OutboxErasure(int ErasedCount, int CanceledCount, IReadOnlyList<Guid> Remaining);
