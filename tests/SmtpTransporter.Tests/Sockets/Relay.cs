using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>Takes connections at an address or a Unix socket, and passes their bytes on to a port of this machine.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly int _target;
    private readonly ConcurrentQueue<EndPoint?> _clients = new();
    private readonly ConcurrentQueue<Socket> _sockets = new();
    private readonly Task _accepting;

    /// <param name="endpoint">Where to listen.</param>
    /// <param name="target">The port to pass on to.</param>
    public Relay(EndPoint endpoint, int target)
    {
        _target = target;
        _listener = endpoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(endpoint);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Where the connections came from.</summary>
    public IReadOnlyList<EndPoint?> Clients => [.. _clients];

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        while (_sockets.TryDequeue(out var socket))
            socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var pumps = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync();
                _clients.Enqueue(client.RemoteEndPoint);
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _sockets.Enqueue(client);
                _sockets.Enqueue(server);
                await server.ConnectAsync(IPAddress.Loopback, _target);
                pumps.Add(PumpAsync(client, server));
                pumps.Add(PumpAsync(server, client));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
        await Task.WhenAll(pumps);
    }

    public static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
                await to.SendAsync(buffer.AsMemory(0, read));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            to.Dispose();
        }
    }
}
