namespace SmtpTransport.OutboxTests.Faults;

/// <summary>What an outbox asks of its database.</summary>
internal enum DatabaseCallKind
{
    Open,
    Begin,
    Statement,
    Commit,
    Rollback,
    Close,
}
