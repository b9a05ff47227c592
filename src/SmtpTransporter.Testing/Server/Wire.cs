using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>
/// The connection as bytes: a buffered reader of lines, and replies that are held back until the input is used up, so that commands
/// sent together are answered together (RFC 2920, 3.2). Used by one task; only <see cref="Abort"/> may come from another.
/// </summary>
internal sealed class Wire : IDisposable
{
    /// <summary>The longest command in octets with its CRLF. RFC 5321 asks for 512, parameters and UTF-8 for more.</summary>
    private const int LongestCommand = 4096;

    /// <summary>The longest line of an authentication (RFC 4954, 4).</summary>
    private const int LongestAuth = 12288;

    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly NetworkStream _plain;
    private readonly CancellationToken _stop;
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private Stream _stream;
    private SslStream? _tls;
    private int _start;
    private int _end;
    private bool _disposed;

    public Wire(Socket socket, CancellationToken stop)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _stop = stop;
        _stream = _plain = new NetworkStream(socket, ownsSocket: false);
    }

    public bool HasInput => _end > _start;

    public ReadOnlySpan<byte> Input => _input.AsSpan(_start, _end - _start);

    public void Consume(int count) => _start += count;

    public void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public async ValueTask FlushAsync()
    {
        if (_output.WrittenCount == 0)
            return;
        await _stream.WriteAsync(_output.WrittenMemory, _stop).ConfigureAwait(false);
        _output.ResetWrittenCount();
    }

    public async Task DripAsync(byte[] bytes, TimeSpan interval)
    {
        await FlushAsync().ConfigureAwait(false);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
                await Task.Delay(interval, _stop).ConfigureAwait(false);
            await _stream.WriteAsync(bytes.AsMemory(i, 1), _stop).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is held back, and waits for more input.</summary>
    /// <returns>False at the end of the stream.</returns>
    public async ValueTask<bool> FillAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        if (_start > 0)
        {
            Input.CopyTo(_input);
            _end -= _start;
            _start = 0;
        }

        var read = await _stream.ReadAsync(_input.AsMemory(_end), _stop).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    public async ValueTask<CommandLine> ReadLineAsync(bool sasl = false)
    {
        var scanned = 0;
        while (true)
        {
            var newLine = Input[scanned..].IndexOf((byte)'\n');
            if (newLine >= 0)
                return TakeLine(scanned + newLine + 1, sasl);

            scanned = _end - _start;
            if (scanned > LongestAuth)
                return await SkipLineAsync().ConfigureAwait(false);
            if (!await FillAsync().ConfigureAwait(false))
                return new(LineState.EndOfStream, "");
        }
    }

    private CommandLine TakeLine(int length, bool sasl)
    {
        var line = Input[..length];
        Consume(length);
        if (length < 2 || line[^2] != '\r')
            return new(LineState.BareLineFeed, "");
        if (length > (sasl || StartsWithAuth(line) ? LongestAuth : LongestCommand))
            return new(LineState.TooLong, "");
        line = line[..^2];
        return line.ContainsAnyInRange((byte)0, (byte)31) || line.Contains((byte)127)
            ? new(LineState.ControlCharacter, "")
            : new(LineState.Complete, Encoding.UTF8.GetString(line));
    }

    private static bool StartsWithAuth(ReadOnlySpan<byte> line) => line.Length > 5 && Ascii.EqualsIgnoreCase(line[..5], "AUTH "u8);

    // However long the line is, no more than the buffer is kept of it, and at least the byte that tells CRLF from a bare LF.
    private async ValueTask<CommandLine> SkipLineAsync()
    {
        while (true)
        {
            var newLine = Input.IndexOf((byte)'\n');
            if (newLine >= 0)
            {
                var state = newLine > 0 && Input[newLine - 1] == '\r' ? LineState.TooLong : LineState.BareLineFeed;
                Consume(newLine + 1);
                return new(state, "");
            }

            Consume(_end - _start - 1);
            if (!await FillAsync().ConfigureAwait(false))
                return new(LineState.EndOfStream, "");
        }
    }

    /// <summary>Takes the server's part in the handshake, dripped if there is an interval.</summary>
    public async Task<SslStream> UpgradeAsync(SslServerAuthenticationOptions options, TimeSpan? drip)
    {
        await FlushAsync().ConfigureAwait(false);
        var slow = drip is { } interval ? new DripStream(_plain, interval) : null;
        var tls = new SslStream((Stream?)slow ?? _plain, leaveInnerStreamOpen: false);
        _tls = tls;
        await tls.AuthenticateAsServerAsync(options, _stop).ConfigureAwait(false);
        slow?.Hurry();
        _stream = tls;
        return tls;
    }

    /// <summary>Reads and forgets until the client closes.</summary>
    public async Task DiscardAsync()
    {
        do
            Consume(_end - _start);
        while (await FillAsync().ConfigureAwait(false));
    }

    /// <summary>Sends what is held back and a FIN; the client can still send, see <see cref="LingerAsync"/>.</summary>
    public async Task FinishAsync(bool closeNotify)
    {
        await FlushAsync().ConfigureAwait(false);
        if (closeNotify && ReferenceEquals(_stream, _tls))
            await _tls!.ShutdownAsync().ConfigureAwait(false);
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>
    /// Reads what the client still sends after a FIN. A socket that is closed with unread input sends a RST, and the client's system
    /// may then throw away the last reply before the client has read it.
    /// </summary>
    public async Task LingerAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        limit.CancelAfter(LingerTime);
        // Below TLS: these bytes mean nothing any more.
        while (await _plain.ReadAsync(_input, limit.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <summary>Closes with a RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Closes at once, from any thread.</summary>
    public void Abort() => _socket.Dispose();

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _tls?.Dispose();
        _plain.Dispose();
        _socket.Dispose();
        ArrayPool<byte>.Shared.Return(_input);
    }
}
