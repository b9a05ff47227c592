using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// A wire that is a socket: synchronous calls end through the socket's own timeouts, set to what is left before each call, so that they
/// need no timer; and any of them because the deadline's end closes the socket.
/// </summary>
internal class DeadlineStream(Socket socket) : WireStream
{
    // What a socket takes at once if it can be written to at all.
    private const int Taken = 16 * 1024;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);

    public override bool IsQuiet
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

    public override int Read(Span<byte> buffer)
    {
        Deadline?.ThrowIfOver();
        ThrowIfItWouldWait();
        socket.ReceiveTimeout = Deadline?.RemainingMilliseconds ?? 0;
        try
        {
            var count = socket.Receive(buffer);
            Keep(buffer[..count]);
            return count;
        }
        catch (SocketException exception)
        {
            throw Failed(exception);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // One call at a time: a timeout is then for what is left, however slowly the other side takes it.
        while (buffer.Length > 0)
        {
            Deadline?.ThrowIfOver();
            socket.SendTimeout = Deadline?.RemainingMilliseconds ?? 0;
            try
            {
                if (StopsForInput)
                    WaitUntilWritable();
                var piece = StopsForInput || CountsPieces ? buffer[..Math.Min(buffer.Length, Taken)] : buffer;
                // What it takes later, it may take in part.
                var doubtful = CountsPieces && !socket.Poll(0, SelectMode.SelectWrite) ? piece.Length : 0;
                Written += doubtful;
                var sent = socket.Send(piece);
                Written += sent - doubtful;
                buffer = buffer[sent..];
            }
            catch (SocketException exception)
            {
                throw Failed(exception);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Deadline?.ThrowIfOver();
        ThrowIfItWouldWait();
        try
        {
            var count = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            Keep(buffer.Span[..count]);
            return count;
        }
        catch (SocketException exception)
        {
            throw Failed(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            Deadline?.ThrowIfOver();
            try
            {
                var piece = CountsPieces ? buffer[..Math.Min(buffer.Length, Taken)] : buffer;
                var waits = CountsPieces && !socket.Poll(0, SelectMode.SelectWrite);
                var sending = StopsForInput ? SendUnlessInputAsync(piece) : socket.SendAsync(piece, cancellationToken);
                // What it takes later, it may take in part; a failure then tells nothing of the part before it.
                var doubtful = CountsPieces && (waits || !sending.IsCompleted) ? piece.Length : 0;
                Written += doubtful;
                var sent = await sending.ConfigureAwait(false);
                Written += sent - doubtful;
                buffer = buffer[sent..];
            }
            catch (SocketException exception)
            {
                throw Failed(exception);
            }
        }
    }

    protected override void Abort() => socket.Dispose();

    private void WaitUntilWritable()
    {
        while (!socket.Poll(0, SelectMode.SelectWrite))
        {
            Deadline?.ThrowIfOver();
            List<Socket> readable = [socket];
            List<Socket> writable = [socket];
            // In slices: a longer wait is more than the call takes.
            Socket.Select(readable, writable, null, Deadline?.Remaining < Slice ? Deadline.Remaining : Slice);
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

    private static IOException Failed(SocketException exception) => new(exception.Message, exception);
}
