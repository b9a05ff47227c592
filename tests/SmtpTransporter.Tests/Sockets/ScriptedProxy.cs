using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>
/// A proxy that gives its answers in turn, each after something has come; then it passes on to a port of this machine, or reads on.
/// </summary>
internal sealed class ScriptedProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[][] _answers;
    private readonly ConcurrentQueue<byte[]> _requests = new();
    private readonly ConcurrentQueue<Socket> _sockets = new();
    private readonly Task _accepting;

    public ScriptedProxy(params byte[][] answers)
    {
        _answers = answers;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Where it passes on to behind its answers; 0 for nowhere.</summary>
    public int Target { get; init; }

    /// <summary>Whether each answer is sent byte by byte.</summary>
    public bool Drips { get; init; }

    /// <summary>Whether it speaks first, as a mail server does.</summary>
    public bool SpeaksFirst { get; init; }

    /// <summary>Whether it closes behind its last answer.</summary>
    public bool Closes { get; init; }

    /// <summary>What came before each answer.</summary>
    public IReadOnlyList<byte[]> Requests => [.. _requests];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        while (_sockets.TryDequeue(out var socket))
            socket.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                client.NoDelay = true;
                _sockets.Enqueue(client);
                serving.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is SocketException or InvalidOperationException)
        {
            // Disposed.
        }
        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client)
    {
        var buffer = new byte[4096];
        try
        {
            foreach (var answer in _answers)
            {
                if (!SpeaksFirst && await client.ReceiveAsync(buffer) is > 0 and var read)
                    _requests.Enqueue(buffer[..read]);
                for (var sent = 0; sent < answer.Length;)
                    sent += await client.SendAsync(answer.AsMemory(sent, Drips ? 1 : answer.Length - sent));
            }
            if (Closes)
            {
                client.Dispose();
                return;
            }
            if (Target == 0)
            {
                while (await client.ReceiveAsync(buffer) > 0)
                {
                    // It never answers.
                }
                return;
            }
            using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(IPAddress.Loopback, Target);
            await Task.WhenAll(Relay.PumpAsync(client, server), Relay.PumpAsync(server, client));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client has gone.
        }
    }
}
