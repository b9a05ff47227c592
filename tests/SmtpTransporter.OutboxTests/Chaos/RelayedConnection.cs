using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>One connection of a <see cref="DatabaseRelay"/>. Thread-safe.</summary>
/// <param name="client">The socket of the client.</param>
/// <param name="port">The port of the server.</param>
/// <param name="onSent">Called for what the client sends; what it returns is called when the answer to it is lost.</param>
internal sealed class RelayedConnection(Socket client, int port, RelayedConnection.Sent onSent) : IDisposable
{
    // ReadyForQuery: the server has carried out everything.
    private static readonly byte[] Ready = [(byte)'Z', 0, 0, 0, 5];

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp);
    private volatile Action? _onSwallowed;
    private volatile bool _isSilent;

    public delegate Action? Sent(ReadOnlySpan<byte> bytes);

    /// <summary>Whether the client has sent something that gets no answer.</summary>
    public bool IsUnanswered { get; private set; }

    public void Run() => _ = RunAsync();

    /// <summary>Passes nothing on any more, and closes nothing.</summary>
    public void FallSilent() => _isSilent = true;

    /// <summary>Closes both sides at once.</summary>
    public void Dispose()
    {
        try
        {
            // With RST.
            client.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already.
        }
        client.Dispose();
        _server.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            (client.NoDelay, _server.NoDelay) = (true, true);
            await _server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAll(PassToServerAsync(), PassToClientAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of them has closed it, or the test.
        }
        if (!_isSilent)
            Dispose();
    }

    private async Task PassToServerAsync()
    {
        var buffer = new byte[1 << 20];
        while (await client.ReceiveAsync(buffer) is > 0 and var count)
        {
            IsUnanswered = _isSilent;
            if (_isSilent)
                continue;
            _onSwallowed = onSent(buffer.AsSpan(0, count)) ?? _onSwallowed;
            await SendAsync(_server, buffer.AsMemory(0, count));
        }
        _server.Shutdown(SocketShutdown.Send);
    }

    private async Task PassToClientAsync()
    {
        var buffer = new byte[1 << 20];
        while (await _server.ReceiveAsync(buffer) is > 0 and var count)
        {
            if (_isSilent)
                continue;
            if (_onSwallowed is not { } onSwallowed)
            {
                await SendAsync(client, buffer.AsMemory(0, count));
            }
            else if (count > Ready.Length && buffer.AsSpan(count - Ready.Length - 1, Ready.Length).SequenceEqual(Ready))
            {
                Dispose();
                onSwallowed();
                return;
            }
        }
        if (!_isSilent)
            client.Shutdown(SocketShutdown.Send);
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes)..];
    }
}
