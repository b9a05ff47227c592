namespace SmtpTransport.Outbox;

/// <summary>A mail's place in the engine.</summary>
/// <param name="Id">The mail.</param>
/// <param name="Turn">A place of an earlier turn does nothing.</param>
/// <param name="Priority">What goes first.</param>
/// <param name="DueAt">Since when it is due.</param>
internal readonly record struct Place(Guid Id, int Turn, OutboxPriority Priority, DateTimeOffset DueAt);
