using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>One connection's entries in the extended log, without secrets. One thread at a time.</summary>
/// <param name="log">The file.</param>
/// <param name="secrets">What must not be in it.</param>
/// <param name="contents">Whether the contents of messages are in it; otherwise only their size.</param>
internal sealed class SessionLog(ExtendedLog log, SecretRedactor secrets, bool contents) : IConversationLog
{
    private const string Bdat = "BDAT ";

    private static int _last;

    private readonly int _connection = Interlocked.Increment(ref _last);
    private readonly LineBuffer _sent = new();
    private long _chunkLeft;
    private long _size;
    private bool _isInData;

    public void Write(string text) => log.Write(_connection, text);

    /// <summary>A line of the client, which holds no secret.</summary>
    public void WriteSent(string line) => Write($"C > {line}");

    /// <summary>Bytes of the client, which hold no secret.</summary>
    public void WriteSent(ReadOnlySpan<byte> bytes)
    {
        if (contents)
            _sent.Add(bytes, WriteSent, whole: true);
        else
            WriteCommands(bytes);
    }

    public void WriteReceived(string line)
    {
        // The server agrees to DATA: what follows is the message.
        _isInData |= line.StartsWith("354", StringComparison.Ordinal);
        // The code is no secret, whatever is masked behind it.
        var text = line is [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ' ' or '-', ..] ? 4 : 0;
        Write($"S < {line[..text]}{secrets.Redact(line[text..])}");
    }

    public void WriteReceived(ReadOnlySpan<byte> line) => WriteReceived(Encoding.UTF8.GetString(line));

    /// <summary>Writes the commands, and of the messages between them the size.</summary>
    private void WriteCommands(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_chunkLeft > 0)
            {
                var taken = (int)Math.Min(_chunkLeft, bytes.Length);
                bytes = bytes[taken..];
                _chunkLeft -= taken;
                if (_chunkLeft == 0)
                    WriteSize();
                continue;
            }
            var length = bytes.IndexOf((byte)'\n') is var end and >= 0 ? end + 1 : bytes.Length;
            if (_isInData)
                _size += length;
            // The beginning of a line tells whether it is the end of the message.
            _sent.Add(bytes[..length], ReadLine, whole: !_isInData);
            bytes = bytes[length..];
        }
    }

    private void ReadLine(string line)
    {
        if (_isInData && line != ".")
            return;
        if (_isInData)
        {
            _isInData = false;
            WriteSize();
        }
        WriteSent(line);
        if (line.StartsWith(Bdat, StringComparison.Ordinal)
            && long.TryParse(line[Bdat.Length..].Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            _chunkLeft = _size = size;
        else
            _size = 0;
    }

    private void WriteSize() => WriteSent(string.Create(CultureInfo.InvariantCulture, $"({_size} octets of the message)"));
}
