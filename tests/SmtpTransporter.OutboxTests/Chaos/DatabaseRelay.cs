using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// Stands between an outbox and PostgreSQL, and takes answers away: of one statement, after the server has carried it out, or of all, while
/// the connections stay open as if the network had vanished. Thread-safe.
/// </summary>
internal sealed class DatabaseRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly object _lock = new();
    private readonly List<RelayedConnection> _connections = [];
    private readonly Dictionary<string, TaskCompletionSource> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private Task _accepting = Task.CompletedTask;
    private (byte[] Text, bool ThenCut, TaskCompletionSource Done)? _swallow;
    private bool _isSilent;
    private bool _isCut;

    private DatabaseRelay(int target) => _target = target;

    /// <summary>Starts a relay to the server of a connection string.</summary>
    public static DatabaseRelay Start(string connectionString)
    {
        var relay = new DatabaseRelay(new NpgsqlConnectionStringBuilder(connectionString).Port);
        relay._listener.Start();
        relay._accepting = relay.AcceptAsync();
        return relay;
    }

    /// <summary>The same database through the relay, with short limits.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        CommandTimeout = 2,
        Timeout = 2,
        MaxAutoPrepare = 0,
    }.ConnectionString;

    /// <summary>Lets the server carry out the next statement with a text, and closes the connection instead of answering.</summary>
    /// <param name="text">A part of the statement.</param>
    /// <param name="thenCut">Whether nobody reaches the server afterwards.</param>
    /// <returns>A task that completes when that has happened.</returns>
    public Task SwallowAnswerTo(string text, bool thenCut = false)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _swallow = (Encoding.UTF8.GetBytes(text), thenCut, done);
        return done.Task;
    }

    /// <summary>Completes when a client sends a text.</summary>
    public Task WaitForAsync(string text)
    {
        lock (_lock)
        {
            if (!_seen.TryGetValue(text, out var seen))
                _seen[text] = seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return seen.Task;
        }
    }

    /// <summary>How many messages with a text clients have sent.</summary>
    public int CountOf(string text)
    {
        lock (_lock)
            return _texts.Count(t => t.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Passes nothing on any more, and closes nothing. New connections are accepted and get no answer.</summary>
    public void FallSilent()
    {
        lock (_lock)
        {
            _isSilent = true;
            _connections.ForEach(c => c.FallSilent());
        }
    }

    /// <summary>Waits until so many connections have sent something that gets no answer.</summary>
    public Task UntilUnansweredAsync(int count) => Poll.UntilAsync(() =>
    {
        lock (_lock)
            return Task.FromResult(_connections.Count(c => c.IsUnanswered) >= count);
    });

    /// <summary>Closes all connections, and each new one.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            _connections.ForEach(c => c.Dispose());
            _connections.Clear();
        }
    }

    /// <summary>Serves new connections again. Those that fell silent stay so.</summary>
    public void Resume()
    {
        lock (_lock)
            (_isSilent, _isCut) = (false, false);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        Cut();
    }

    /// <summary>Notes what a client sends.</summary>
    /// <returns>Whether its answer is to be swallowed; then what to do afterwards.</returns>
    private Action? OnSent(ReadOnlySpan<byte> sent)
    {
        lock (_lock)
        {
            var all = Encoding.Latin1.GetString(sent);
            _texts.Add(all);
            foreach (var seen in _seen.Where(s => all.Contains(s.Key, StringComparison.Ordinal)))
                seen.Value.TrySetResult();
            if (_swallow is not { } swallow || sent.IndexOf(swallow.Text) < 0)
                return null;
            _swallow = null;
            return () =>
            {
                if (swallow.ThenCut)
                    Cut();
                swallow.Done.SetResult();
            };
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
            lock (_lock)
            {
#pragma warning disable CA2000 // Cut disposes it.
                var connection = new RelayedConnection(client, _target, OnSent);
#pragma warning restore CA2000
                if (_isCut)
                {
                    connection.Dispose();
                    continue;
                }
                if (_isSilent)
                    connection.FallSilent();
                _connections.Add(connection);
                connection.Run();
            }
        }
    }
}
