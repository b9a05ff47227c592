using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>A network between a client and a server, of which one connection can be cut at any octet. One test run at a time.</summary>
internal sealed class CutRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _target;
    private readonly object _gate = new();
    private readonly List<CutConnection> _connections = [];
    private readonly List<Task> _running = [];
    private readonly Task _accepting;
    private Cut? _next;
    private Action<int>? _silent;

    public CutRelay(int target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Begins a run: the connections from here on are new ones.</summary>
    /// <param name="cut">The cut of its first connection.</param>
    /// <param name="silent">Called when that connection falls silent, with the number of octets that the client can still read.</param>
    public void Begin(Cut? cut, Action<int> silent)
    {
        lock (_gate)
        {
            _connections.Clear();
            _running.Clear();
            (_next, _silent) = (cut, silent);
        }
    }

    /// <summary>Cuts the connection that is open; octets are counted from here on.</summary>
    public void CutOpen(Cut? cut)
    {
        lock (_gate)
            _connections[0].Begin(cut);
    }

    /// <summary>Waits until every connection has ended on both sides.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> WhenEndedAsync()
    {
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running);
        return running.Length;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await WhenEndedAsync();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                Serve(await _listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay was disposed.
        }
    }

    private void Serve(Socket client)
    {
        lock (_gate)
        {
            var connection = new CutConnection(
                client, new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), _silent!);
            connection.Begin(_next);
            _next = null;
            _connections.Add(connection);
            _running.Add(Task.Run(() => connection.RunAsync(_target)));
        }
    }
}
