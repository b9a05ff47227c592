namespace SmtpTransport.OutboxTests.Faults;

/// <summary>What happens to the calls of a database.</summary>
internal interface IDatabaseCalls
{
    /// <summary>Runs a call, or does not, and lets it succeed, fail or wait.</summary>
    Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken);
}
