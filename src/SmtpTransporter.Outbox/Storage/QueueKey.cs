namespace SmtpTransport.Outbox;

/// <summary>Emails that are claimed together: of one transporter, lane and priority, in order or not.</summary>
internal readonly record struct QueueKey(string Transporter, string Lane, OutboxPriority Priority, bool IsOrdered);
