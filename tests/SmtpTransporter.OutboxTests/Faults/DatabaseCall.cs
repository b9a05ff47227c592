namespace SmtpTransport.OutboxTests.Faults;

/// <summary>One call of the database.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Sql">The statement; empty for others.</param>
/// <param name="Limit">How long the provider waits for the answer; null if it waits forever.</param>
/// <param name="Connection">The connection.</param>
internal sealed record DatabaseCall(DatabaseCallKind Kind, string Sql, TimeSpan? Limit, FaultingDbConnection Connection)
{
    public override string ToString() =>
        Kind == DatabaseCallKind.Statement ? string.Join(' ', Sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) : $"{Kind}";
}
