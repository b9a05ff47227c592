namespace SmtpTransport.Outbox;

/// <summary>Whom a report is about.</summary>
/// <param name="Indexes">The places of the recipients; none if it is about no recipient of the email.</param>
/// <param name="IsOwn">Whether it is certainly about that recipient, and not about an address in its place, such as that of a test.</param>
/// <param name="IsItself">
/// Whether it is about the address itself, and not about one that the recipient forwards to, or a member of its list.
/// </param>
/// <param name="Owner">What the recipient is called in all reports about it and what is behind it.</param>
/// <param name="Name">What the address is called: the owner, with the address if that is another one.</param>
internal readonly record struct ReportTarget(IReadOnlyList<int> Indexes, bool IsOwn, bool IsItself, string Owner, string Name);
