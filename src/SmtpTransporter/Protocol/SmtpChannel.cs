using System.Runtime.CompilerServices;
using System.Text;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>
/// The bytes of one connection once it is logged in: what is written goes out at once, replies are read one by one (RFC 5321, section 4.2).
/// What they may be is bounded: a server that never ends a line or a reply gets an error, not all memory. One caller at a time.
/// </summary>
internal sealed class SmtpChannel(Stream stream, SessionRecorder recorder)
{
    // RFC 5321 has 512 octets for a line of a reply; servers write more, but none that means it well writes this much.
    public const int LongestLine = 64 * 1024;
    public const int MostLines = 1000;

    private byte[] _buffer = new byte[2048];
    private int _start;
    private int _end;

    /// <summary>False where the server has said more than was asked: it must never be taken for the answer to the next command.</summary>
    public bool IsInStep => _start == _end;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes)
    {
        recorder.Sent(bytes.Span);
        if (async)
            await stream.WriteAsync(bytes).ConfigureAwait(false);
        else
            stream.Write(bytes.Span);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> ReadAsync(bool async)
    {
        var code = 0;
        string? text = null;
        for (var lines = 1; ; lines++)
        {
            int length;
            var searched = 0;
            while ((length = LineEnd(searched)) < 0)
            {
                searched = _end - _start;
                MakeRoom();
                var read = async
                    ? await stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false)
                    : stream.Read(_buffer.AsSpan(_end));
                if (read == 0)
                    throw new SmtpProtocolException("The SMTP server has unexpectedly disconnected.");
                _end += read;
            }
            var more = TakeLine(length, lines == 1, ref code, ref text);
            if (!more)
                return new Reply(code, text!);
            if (lines == MostLines)
                throw new SmtpProtocolException($"The server sent a reply of more than {MostLines} lines.");
        }
    }

    private int LineEnd(int from)
    {
        var at = _buffer.AsSpan(_start + from, _end - _start - from).IndexOf((byte)'\n');
        return at < 0 ? -1 : from + at + 1;
    }

    private void MakeRoom()
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        if (_end < _buffer.Length)
            return;
        if (_end - _start >= LongestLine)
            throw new SmtpProtocolException($"The server sent a line of more than {LongestLine} octets.");
        var larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        (_buffer, _start, _end) = (larger, 0, _end - _start);
    }

    /// <summary>Takes one line from the buffer; true where the reply goes on.</summary>
    private bool TakeLine(int length, bool first, ref int code, ref string? text)
    {
        var line = _buffer.AsSpan(_start, length - 1);
        _start += length;
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        recorder.Received(line);
        var number = CodeOf(line);
        if (number < 0)
            throw new SmtpProtocolException($"The server's reply is none: \"{new Reply(0, Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)])).Text}\".");
        if (!first && number != code)
            throw new SmtpProtocolException($"The lines of one reply have different codes: {code} and {number}.");
        code = number;
        var rest = line.Length > 4 ? Encoding.UTF8.GetString(line[4..]) : "";
        text = first ? rest : $"{text}\n{rest}";
        return line is [_, _, _, (byte)'-', ..];
    }

    // Three digits, and a blank, a hyphen or nothing behind them.
    private static int CodeOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3 || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
            return -1;
        var code = 0;
        foreach (var digit in line[..3])
        {
            if (!char.IsAsciiDigit((char)digit))
                return -1;
            code = (code * 10) + (digit - '0');
        }
        return code;
    }
}
