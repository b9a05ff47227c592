using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>
/// The connection as bytes: a buffered reader of lines, and replies that are held back until the input is consumed, so that commands
/// sent together are answered together (RFC 2920, section 3.2). Used by one task, except for <see cref="Abort"/>.
/// </summary>
internal sealed class Wire : IDisposable
{
    /// <summary>The longest command in bytes with its CRLF. RFC 5321, section 4.5.3.1.4, requires 512; parameters need more.</summary>
    private const int MaxCommandLength = 4096;

    /// <summary>The longest line of an authentication (RFC 4954, section 4).</summary>
    private const int MaxAuthenticationLength = 12288;

    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(5);

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

    /// <summary>Sends the replies that are held back, and waits for more input.</summary>
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
            if (scanned > MaxAuthenticationLength)
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
        if (length > (sasl || StartsWithAuth(line) ? MaxAuthenticationLength : MaxCommandLength))
            return new(LineState.TooLong, "");
        line = line[..^2];
        return line.ContainsAnyInRange((byte)0, (byte)31) || line.Contains((byte)127)
            ? new(LineState.ControlCharacter, "")
            : new(LineState.Complete, Encoding.UTF8.GetString(line));
    }

    private static bool StartsWithAuth(ReadOnlySpan<byte> line) => line.Length > 5 && Ascii.EqualsIgnoreCase(line[..5], "AUTH "u8);

    // The buffer bounds what is kept of the line; its last byte is always kept, because it distinguishes CRLF from a bare LF.
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

    /// <summary>Performs the server's side of the handshake, byte by byte if there is an interval.</summary>
    public async Task<SslStream> UpgradeAsync(SslServerAuthenticationOptions options, TimeSpan? drip)
    {
        await FlushAsync().ConfigureAwait(false);
        var slow = drip is { } interval ? new DripStream(_plain, interval) : null;
        var tls = new SslStream((Stream?)slow ?? _plain, leaveInnerStreamOpen: false);
        _tls = tls;
        await tls.AuthenticateAsServerAsync(options, _stop).ConfigureAwait(false);
        slow?.EndDrip();
        _stream = tls;
        return tls;
    }

    /// <summary>Reads and discards until the client closes the connection.</summary>
    public async Task DiscardAsync()
    {
        do
            Consume(_end - _start);
        while (await FillAsync().ConfigureAwait(false));
    }

    /// <summary>Sends the replies that are held back, and a FIN; the client can still send, see <see cref="LingerAsync"/>.</summary>
    public async Task FinishAsync(bool closeNotify)
    {
        await FlushAsync().ConfigureAwait(false);
        if (closeNotify && ReferenceEquals(_stream, _tls))
            await _tls!.ShutdownAsync().ConfigureAwait(false);
        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>
    /// Reads what the client still sends after a FIN. A socket that is closed with unread input sends an RST, and the client's system may
    /// then discard the last reply before the client has read it.
    /// </summary>
    public async Task LingerAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        limit.CancelAfter(LingerTimeout);
        // Below TLS: these bytes are ignored.
        while (await _plain.ReadAsync(_input, limit.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <summary>Closes the connection with an RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Closes the connection at once. Safe for concurrent callers.</summary>
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
