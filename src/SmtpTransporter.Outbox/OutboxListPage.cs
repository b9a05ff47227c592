namespace SmtpTransport.Outbox;

/// <summary>Some of the emails that a query finds.</summary>
/// <param name="Entries">The emails, in the order that was asked for, without <see cref="OutboxEntry.History"/>.</param>
/// <param name="NextPage">What <see cref="IOutbox.ListAsync"/> takes for the next page; null if this is the last one.</param>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxListPage(IReadOnlyList<OutboxEntry> Entries, string? NextPage);
