using System.Text;

namespace SmtpTransport;

/// <summary>One connection's entries in the extended log, without secrets. One thread at a time.</summary>
internal sealed class SessionLog(ExtendedLog log, SecretRedactor secrets) : IConversationLog
{
    private static int _last;

    private readonly int _connection = Interlocked.Increment(ref _last);
    private readonly LineBuffer _sent = new();

    public void Write(string text) => log.Write(_connection, text);

    /// <summary>A line of the client, which holds no secret.</summary>
    public void WriteSent(string line) => Write($"C > {line}");

    /// <summary>Bytes of the client, which hold no secret.</summary>
    public void WriteSent(ReadOnlySpan<byte> bytes) => _sent.Add(bytes, WriteSent, whole: true);

    public void WriteReceived(string line) => Write($"S < {secrets.Redact(line)}");

    public void WriteReceived(ReadOnlySpan<byte> line) => WriteReceived(Encoding.UTF8.GetString(line));
}
