using System.Reflection;
using MySqlConnector;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>The exceptions of MariaDB, whose constructors are not public.</summary>
internal sealed class MariaDbErrors : IDatabaseErrors
{
    public Exception Refused() => Create(MySqlErrorCode.OutOfMemory, "HY001", "Out of memory");

    public Exception Lost() => Create(
        MySqlErrorCode.UnableToConnectToHost, null, "Couldn't connect to server", new IOException("Connection reset by peer"));

    public Exception TimedOut() => Create(MySqlErrorCode.CommandTimeoutExpired, null, "The Command Timeout expired");

    public Exception TableGone() => Create(MySqlErrorCode.NoSuchTable, "42S02", "Table doesn't exist");

    private static MySqlException Create(MySqlErrorCode code, string? state, string message, Exception? inner = null) =>
        (MySqlException)typeof(MySqlException).GetConstructor(
            BindingFlags.NonPublic | BindingFlags.Instance,
            [typeof(MySqlErrorCode), typeof(string), typeof(string), typeof(Exception)])!.Invoke([code, state, message, inner]);
}
