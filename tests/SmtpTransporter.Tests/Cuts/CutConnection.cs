using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Tests;

/// <summary>
/// One connection of the relay. When it is cut, no octet of either direction gets through any more: the cut falls before the server can
/// reply to what has just reached it.
/// </summary>
internal sealed class CutConnection(Socket client, Socket server, Action<int> silent)
{
    private readonly object _gate = new();
    private Cut? _cut;
    private int _counted;
    private int _toClient;
    private bool _isCut;

    /// <summary>From here on, the octets are counted, and the connection is cut; null lets all of them through.</summary>
    public void Begin(Cut? cut)
    {
        lock (_gate)
            (_cut, _counted) = (cut, 0);
    }

    public async Task RunAsync(int target)
    {
        using (client)
        using (server)
        {
            client.NoDelay = server.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, target);
            await Task.WhenAll(PumpAsync(client, server, toServer: true), PumpAsync(server, client, toServer: false));
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool toServer)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                lock (_gate)
                    Forward(to, buffer.AsSpan(0, count), toServer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // This side is gone, and the other one hears of it.
        }
        Try(() => to.Shutdown(SocketShutdown.Send));
    }

    private void Forward(Socket to, ReadOnlySpan<byte> bytes, bool toServer)
    {
        if (_isCut)
            return;
        var isDirection = _cut?.ToServer == toServer;
        if (isDirection)
            _counted += bytes.Length;
        _isCut = isDirection && _counted >= _cut!.At;
        if (_isCut)
            bytes = bytes[..^(_counted - _cut!.At)];
        if (!toServer)
            _toClient += bytes.Length;
        if (bytes.Length > 0)
            to.Send(bytes);
        if (_isCut)
            End(_cut!.Kind);
    }

    private void End(CutKind kind)
    {
        if (kind == CutKind.Silence)
        {
            silent(_toClient);
            return;
        }
        foreach (var side in (Socket[])[client, server])
        {
            if (kind == CutKind.Fin)
            {
                Try(() => side.Shutdown(SocketShutdown.Send));
            }
            else
            {
                Try(() => side.LingerState = new LingerOption(true, 0));
                side.Dispose();
            }
        }
    }

    private static void Try(Action end)
    {
        try
        {
            end();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }
}
