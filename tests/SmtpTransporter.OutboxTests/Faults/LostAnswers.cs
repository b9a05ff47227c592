using Microsoft.Data.Sqlite;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>Loses the answers of the first commits that follow a certain statement; they have run. Thread-safe.</summary>
internal sealed class LostAnswers(string statement, int count) : IDatabaseCalls
{
    private readonly HashSet<FaultingDbConnection> _connections = [];
    private int _left = count;

    public async Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
    {
        var result = await run();
        lock (_connections)
        {
            if (call.Kind == DatabaseCallKind.Statement && call.Sql.Contains(statement, StringComparison.Ordinal))
                _connections.Add(call.Connection);
            if (call.Kind == DatabaseCallKind.Commit && _connections.Remove(call.Connection) && _left-- > 0)
                throw new SqliteException("SQLite Error 10: 'disk I/O error'.", 10);
        }
        return result;
    }
}
