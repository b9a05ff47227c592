namespace SmtpTransport.Outbox;

/// <summary>A page of the list, as JSON: the newest email first.</summary>
/// <param name="Emails">The emails.</param>
/// <param name="HasNewer">Whether there may be newer ones.</param>
/// <param name="HasOlder">Whether there may be older ones.</param>
/// <param name="Cost">How long the reading took, in milliseconds: a page that is read again does so accordingly seldom.</param>
internal sealed record EmailListView(IReadOnlyList<OutboxLine> Emails, bool HasNewer, bool HasOlder, double Cost = 0);
