using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Soak;

/// <summary>
/// A server whose sessions wear out: it ends each of them at a random moment in one of the ways of <see cref="Wear"/>, counts their errors,
/// and takes only a few connections at a time; those beyond them get 421, or are refused because nobody listens. Its replies are always
/// true: a message that it has accepted or refused is stored once or not at all, and of a message that it leaves without a reply it knows
/// that its end has come, except when it resets the connection.
/// </summary>
internal sealed class WornServer : IAsyncDisposable
{
    private static readonly Wear[] Ways = Enum.GetValues<Wear>();

    private readonly ConcurrentDictionary<int, (Socket Socket, Task Task)> _sessions = new();
    private readonly ConcurrentDictionary<long, bool> _leftWithoutReply = new();
    private readonly object _gate = new();
    private readonly Random _random;
    private readonly int _maxSessions;
    private ConcurrentQueue<StoredCopy> _copies = new();
    private Socket? _listener;
    private bool _isDisposed;
    private int _accepted;
    private int _blindResets;

    /// <param name="maxSessions">How many connections it takes at a time.</param>
    /// <param name="chunking">Whether it offers CHUNKING.</param>
    /// <param name="seed">Repeats the random choices, as far as the order of the connections is the same.</param>
    public WornServer(int maxSessions, bool chunking, int seed)
    {
        (_maxSessions, Chunking, _random) = (maxSessions, chunking, new Random(seed));
        Listen();
        Port = ((IPEndPoint)_listener!.LocalEndPoint!).Port;
    }

    public int Port { get; }

    public bool Chunking { get; }

    /// <summary>How many sessions there were.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>
    /// How many sessions it has reset without having read the end of a message. That may have come in the meantime: each of them may leave
    /// one message without a reply.
    /// </summary>
    public int BlindResets => Volatile.Read(ref _blindResets);

    /// <summary>Whether the server has read the end of a message and left it without a reply.</summary>
    public bool LeftWithoutReply(long number) => _leftWithoutReply.ContainsKey(number);

    /// <summary>What was stored since the last call.</summary>
    public IReadOnlyCollection<StoredCopy> TakeCopies() => Interlocked.Exchange(ref _copies, new());

    /// <summary>Keeps the memory of a long run small.</summary>
    public void ForgetWhatWasLeft() => _leftWithoutReply.Clear();

    public void Store(StoredCopy copy) => _copies.Enqueue(copy);

    public void CountBlindReset() => Interlocked.Increment(ref _blindResets);

    public void LeaveWithoutReply(long number) => _leftWithoutReply[number] = true;

    /// <summary>A random number below the given one.</summary>
    public int Next(int below)
    {
        lock (_gate)
            return _random.Next(below);
    }

    /// <summary>How a new session ends.</summary>
    public Wear NextWear() => Ways[Next(Ways.Length)];

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _listener?.Dispose();
        }
        var running = _sessions.Values;
        foreach (var (socket, _) in running)
            socket.Dispose();
        await Task.WhenAll(running.Select(session => session.Task));
    }

    private void Listen()
    {
        lock (_gate)
        {
            if (_isDisposed || _listener is not null)
                return;
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
            _listener.Listen(128);
            _ = AcceptAsync(_listener);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                Serve(await listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Nobody listens while the server is full, nor after its end.
        }
    }

    private void Serve(Socket socket)
    {
        var number = Interlocked.Increment(ref _accepted);
        var isFull = _sessions.Count >= _maxSessions;
        if (!isFull && _sessions.Count + 1 >= _maxSessions && Next(4) == 0)
        {
            lock (_gate)
            {
                _listener?.Dispose();
                _listener = null;
            }
        }
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[number] = (socket, RunAsync());
        start.SetResult();

        async Task RunAsync()
        {
            await start.Task;
            using (socket)
                await new WornSession(this, socket, isFull).RunAsync();
            _sessions.TryRemove(number, out _);
            Listen();
        }
    }
}
