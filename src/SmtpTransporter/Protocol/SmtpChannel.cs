using System.Runtime.CompilerServices;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// The bytes of one connection behind its authentication: what is written is sent at once, replies are read one by one (RFC 5321, section
/// 4.2). Their size is bounded: a server that never ends a line or a reply gets an error, not all memory. One caller at a time.
/// </summary>
internal sealed class SmtpChannel(Stream stream, IConversationLog? log, IWireProbe? probe = null)
{
    // RFC 5321, section 4.5.3.1.5, has 512 bytes for a line of a reply; servers send more, but no benign one sends this much.
    public const int MaxLineLength = 64 * 1024;
    public const int MaxLines = 1000;

    private byte[] _buffer = new byte[2048];
    private int _start;
    private int _end;

    /// <summary>False if the server sent more than was asked for: it must never be taken for the answer to the next command.</summary>
    public bool IsInStep => _start == _end;

    /// <summary>True if what the server sent beyond what was asked for is its goodbye, or begins like it: 421.</summary>
    public bool IsGoodbyeNext => !IsInStep && "421"u8.StartsWith(_buffer.AsSpan(_start, Math.Min(3, _end - _start)));

    /// <summary>How many octets the network has taken of what was written, or may have taken; with TLS, of its records.</summary>
    public long Handed => probe!.Written;

    /// <inheritdoc cref="IWireProbe.HidesWhatWasTaken"/>
    public bool HidesWhatWasTaken => probe!.HidesWhatWasTaken;

    /// <inheritdoc cref="IWireProbe.CountsPieces"/>
    public bool CountsPieces
    {
        set => probe!.CountsPieces = value;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes)
    {
        log?.WriteSent(bytes.Span);
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
                    throw SessionBrokenException.Closed();
                _end += read;
            }
            var more = TakeLine(length, lines == 1, ref code, ref text);
            if (!more)
                return new Reply(code, text!);
            if (lines == MaxLines)
                throw new SessionBrokenException($"The server sent a reply of more than {MaxLines} lines.");
        }
    }

    /// <summary>Writes as <see cref="WriteAsync"/>, but no further if the server answers instead of reading on.</summary>
    public async ValueTask WriteUnlessAnsweredAsync(bool async, ReadOnlyMemory<byte> bytes)
    {
        if (probe is not null)
            probe.StopsForInput = true;
        try
        {
            await WriteAsync(async, bytes).ConfigureAwait(false);
        }
        finally
        {
            if (probe is not null)
                probe.StopsForInput = false;
        }
    }

    /// <summary>Whether something of the server, or the end of the connection, can be read now. Does not wait.</summary>
    public async ValueTask<bool> HasMoreAsync(bool async)
    {
        if (!IsInStep)
            return true;
        if (probe is null || probe.IsQuiet)
            return false;
        MakeRoom();
        probe.NeverWaits = true;
        try
        {
            // The end of the connection is read again by whoever reads on.
            _end += async ? await stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false) : stream.Read(_buffer.AsSpan(_end));
            return true;
        }
        catch (NothingToReadException)
        {
            // A record of TLS without data, or a part of one.
            return false;
        }
        finally
        {
            probe.NeverWaits = false;
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
        if (_end - _start >= MaxLineLength)
            throw new SessionBrokenException($"The server sent a line of more than {MaxLineLength} bytes.");
        var larger = _start > 0 ? _buffer : new byte[_buffer.Length * 2];
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        (_buffer, _start, _end) = (larger, 0, _end - _start);
    }

    /// <summary>Takes one line from the buffer; true if the reply goes on.</summary>
    private bool TakeLine(int length, bool first, ref int code, ref string? text)
    {
        var line = _buffer.AsSpan(_start, length - 1);
        _start += length;
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        log?.WriteReceived(line);
        var number = CodeOf(line);
        if (number < 0)
            throw new SessionBrokenException(
                $"\"{ServerText.Clean(Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)]))}\" is not a valid reply.");
        if (!first && number != code)
            throw new SessionBrokenException($"The lines of one reply have different codes: {code} and {number}.");
        code = number;
        var rest = line.Length > 4 ? Encoding.UTF8.GetString(line[4..]) : "";
        text = first ? rest : $"{text}\n{rest}";
        return line is [_, _, _, (byte)'-', ..];
    }

    // Three digits, and a blank (of some servers a tab), a hyphen or nothing behind them.
    private static int CodeOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 3 || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'\t' or (byte)'-')))
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
