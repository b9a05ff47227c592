namespace SmtpTransport;

/// <summary>One connection's entries in the log.</summary>
internal sealed class SessionLog(ExtendedLog log)
{
    private static int _last;

    private readonly int _connection = Interlocked.Increment(ref _last);

    public void Write(string text) => log.Write(_connection, text);
}
