using Microsoft.Data.Sqlite;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>The exceptions of SQLite.</summary>
internal sealed class SqliteErrors : IDatabaseErrors
{
    public Exception Refused() => new SqliteException("SQLite Error 5: 'database is locked'.", 5);

    public Exception Lost() => new SqliteException("SQLite Error 10: 'disk I/O error'.", 10);

    public Exception TimedOut() => Lost();

    public Exception TableGone() => new SqliteException("SQLite Error 1: 'no such table'.", 1);
}
