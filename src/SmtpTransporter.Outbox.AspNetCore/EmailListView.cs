namespace SmtpTransport.Outbox;

/// <summary>A page of the list, as JSON: the newest email first.</summary>
/// <param name="Emails">The emails.</param>
/// <param name="HasNewer">Whether there may be newer ones.</param>
/// <param name="HasOlder">Whether there may be older ones.</param>
internal sealed record EmailListView(IReadOnlyList<OutboxLine> Emails, bool HasNewer, bool HasOlder);
