using Npgsql;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>The exceptions of PostgreSQL.</summary>
internal sealed class PostgresErrors : IDatabaseErrors
{
    public Exception Refused() => new PostgresException("out of memory", "ERROR", "ERROR", PostgresErrorCodes.OutOfMemory);

    public Exception Lost() => new NpgsqlException("Exception while reading from stream", new IOException("Connection reset by peer"));

    public Exception TimedOut() => new NpgsqlException("Exception while reading from stream", new TimeoutException());

    public Exception TableGone() =>
        new PostgresException("relation does not exist", "ERROR", "ERROR", PostgresErrorCodes.UndefinedTable);
}
