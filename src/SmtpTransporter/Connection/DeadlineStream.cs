using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// The socket under MailKit and TLS. Every read and write ends with the operation's deadline: synchronous ones through the socket's own
/// timeouts, set to what is left before each call, so that they need no timer; and any of them because the deadline's end closes the
/// socket.
/// </summary>
internal class DeadlineStream(Socket socket) : Stream, IWireProbe
{
    // What a socket takes at once if it can be written to at all.
    private const int Taken = 16 * 1024;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);

    private Deadline? _deadline;
    private CancellationTokenRegistration _abort;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    // MailKit's own timeout is for each call, not for the whole: it is kept out.
    public override bool CanTimeout => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// True if nothing has come since the last reply. What is readable while the connection is idle is its end, or a 421 before it.
    /// </summary>
    public virtual bool IsQuiet
    {
        get
        {
            try
            {
                return !socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public bool NeverWaits { get; set; }

    public bool StopsForInput { get; set; }

    /// <summary>From here on, calls end with this deadline.</summary>
    public void Begin(Deadline deadline)
    {
        End();
        _deadline = deadline;
        _abort = deadline.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);
    }

    /// <summary>The deadline is over: a later one no longer closes the socket.</summary>
    public void End()
    {
        _abort.Dispose();
        _deadline = null;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        _deadline?.ThrowIfOver();
        ThrowIfItWouldWait();
        socket.ReceiveTimeout = _deadline?.RemainingMilliseconds ?? 0;
        try
        {
            return socket.Receive(buffer);
        }
        catch (SocketException exception)
        {
            throw Failed(exception);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // One call at a time: a timeout is then for what is left, however slowly the other side takes it.
        while (buffer.Length > 0)
        {
            _deadline?.ThrowIfOver();
            socket.SendTimeout = _deadline?.RemainingMilliseconds ?? 0;
            try
            {
                if (StopsForInput)
                    WaitUntilWritable();
                buffer = buffer[socket.Send(StopsForInput ? buffer[..Math.Min(buffer.Length, Taken)] : buffer)..];
            }
            catch (SocketException exception)
            {
                throw Failed(exception);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _deadline?.ThrowIfOver();
        ThrowIfItWouldWait();
        try
        {
            return await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw Failed(exception);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            _deadline?.ThrowIfOver();
            try
            {
                var sent = StopsForInput
                    ? await SendUnlessInputAsync(buffer).ConfigureAwait(false)
                    : await socket.SendAsync(buffer, cancellationToken).ConfigureAwait(false);
                buffer = buffer[sent..];
            }
            catch (SocketException exception)
            {
                throw Failed(exception);
            }
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _abort.Dispose();
            socket.Dispose();
        }
        base.Dispose(disposing);
    }

    private void WaitUntilWritable()
    {
        while (!socket.Poll(0, SelectMode.SelectWrite))
        {
            _deadline?.ThrowIfOver();
            List<Socket> readable = [socket];
            List<Socket> writable = [socket];
            // In slices: a longer wait is more than the call takes.
            Socket.Select(readable, writable, null, _deadline?.Remaining < Slice ? _deadline.Remaining : Slice);
            if (readable.Count > 0 && writable.Count == 0)
                throw InputInstead();
        }
    }

    private ValueTask<int> SendUnlessInputAsync(ReadOnlyMemory<byte> buffer)
    {
        var stop = new CancellationTokenSource();
        var sending = socket.SendAsync(buffer, stop.Token);
        if (!sending.IsCompleted)
            return RaceAsync(sending.AsTask());
        stop.Dispose();
        return sending;

        async ValueTask<int> RaceAsync(Task<int> send)
        {
            using (stop)
            {
                using var end = new CancellationTokenSource();
                var input = socket.ReceiveAsync(Memory<byte>.Empty, end.Token).AsTask();
                var isInput = await Task.WhenAny(send, input).ConfigureAwait(false) == input && input.IsCompletedSuccessfully;
                // Whatever is not sent now must not be sent later: its memory is used for other things then.
                if (isInput)
                    await stop.CancelAsync().ConfigureAwait(false);
                else
                    await end.CancelAsync().ConfigureAwait(false);
                try
                {
                    return await send.ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (isInput)
                {
                    throw InputInstead();
                }
                finally
                {
                    await Task.WhenAny(input).ConfigureAwait(false);
                }
            }
        }
    }

    private static IOException InputInstead() => new("The other side has answered, and reads no more.");

    private void ThrowIfItWouldWait()
    {
        if (NeverWaits && IsQuiet)
            throw new NothingToReadException();
    }

    private static IOException Failed(SocketException exception) => new(exception.Message, exception);
}
