namespace SmtpTransport.Outbox;

/// <summary>Emails of a lane and a priority that wait.</summary>
/// <param name="Transporter">The transporter.</param>
/// <param name="Lane">The lane.</param>
/// <param name="Priority">The priority.</param>
/// <param name="Count">How many they are.</param>
/// <param name="LastDueAt">When the last of them is due, in milliseconds since 1970.</param>
internal sealed record WaitingGroup(string Transporter, string Lane, OutboxPriority Priority, long Count, long LastDueAt);
