using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Soak;

/// <summary>
/// A network that fails: it forwards bytes until, after a random number of them in a random direction, it closes or resets the
/// connection, or discards the rest. It does not know SMTP, so a failure can be anywhere: in a reply, a TLS record or a message.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly int _target;
    private readonly Task _accepting;
    private int _cuts;

    public Relay(int target, int seed)
    {
        (_target, _random) = (target, new Random(seed));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    private enum FailureKind
    {
        Close,
        Reset,
        Discard,
    }

    public int Port { get; }

    public int Cuts => _cuts;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_running.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                var kind = (FailureKind)_random.Next(3);
                var toServer = _random.Next(2) == 0;
                var bytes = _random.Next(4) == 0 ? _random.Next(2_000) : _random.Next(150_000);
                var fate = new Fate(this, kind, toServer, bytes);
                var task = RunAsync(client, fate);
                _running[task] = true;
                _ = task.ContinueWith(t => _running.TryRemove(t, out _), TaskScheduler.Default);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The relay ends, or the client closed its connection before it was accepted.
            }
        }
    }

    private async Task RunAsync(Socket client, Fate fate)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAll(PumpAsync(client, server, fate, toServer: true), PumpAsync(server, client, fate, toServer: false));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side has closed; this method closes the other.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Fate fate, bool toServer)
    {
        var buffer = new byte[4096];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            {
                var forwarded = fate.CountForwarded(toServer, count);
                for (var sent = 0; sent < forwarded;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, forwarded - sent), _stop.Token);
                if (forwarded < count && fate.TryEnd(from, to))
                    return;
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // If one side does not read, the other need not send.
            from.Dispose();
            to.Dispose();
        }
    }

    /// <summary>When and how one connection fails. Each direction has its own task, but only one of them fails.</summary>
    private sealed class Fate(Relay relay, FailureKind kind, bool toServer, long bytes)
    {
        private long _left = bytes;

        public int CountForwarded(bool isToServer, int count)
        {
            if (isToServer != toServer)
                return count;
            var forwarded = (int)Math.Min(count, _left);
            _left -= forwarded;
            return forwarded;
        }

        public bool TryEnd(Socket from, Socket to)
        {
            Interlocked.Increment(ref relay._cuts);
            if (kind == FailureKind.Discard)
                return false;
            if (kind == FailureKind.Reset)
                from.LingerState = to.LingerState = new LingerOption(true, 0);
            from.Dispose();
            to.Dispose();
            return true;
        }
    }
}
