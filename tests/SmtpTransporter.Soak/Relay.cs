using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.Soak;

/// <summary>
/// A network that fails: hands on what comes, until after a random number of bytes in a random direction it closes or resets the
/// connection, or swallows what is still to come. It knows nothing of SMTP, so that a cut is anywhere: within a reply, a TLS record, a mail.
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

    private enum Failing
    {
        Close,
        Reset,
        Swallow,
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
                var fate = new Fate(this, (Failing)_random.Next(3), toServer: _random.Next(2) == 0, _random.Next(4) == 0 ? _random.Next(2_000) : _random.Next(150_000));
                var task = RunAsync(client, fate);
                _running[task] = true;
                _ = task.ContinueWith(t => _running.TryRemove(t, out _), TaskScheduler.Default);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The end, or a client that was gone before it was accepted.
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
                // One side is gone: so is the other, by the end of this method.
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
                var passes = fate.Passes(toServer, count);
                for (var sent = 0; sent < passes;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, passes - sent), _stop.Token);
                if (passes < count && fate.Ends(from, to))
                    return;
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // What one side does not take the other need not send.
            from.Dispose();
            to.Dispose();
        }
    }

    /// <summary>When and how one connection fails. Its two directions have a task each, but only one of them is to fail.</summary>
    private sealed class Fate(Relay relay, Failing how, bool toServer, long after)
    {
        private long _left = after;

        public int Passes(bool there, int count)
        {
            if (there != toServer)
                return count;
            var passes = (int)Math.Min(count, _left);
            _left -= passes;
            return passes;
        }

        public bool Ends(Socket from, Socket to)
        {
            Interlocked.Increment(ref relay._cuts);
            if (how == Failing.Swallow)
                return false;
            if (how == Failing.Reset)
                from.LingerState = to.LingerState = new LingerOption(true, 0);
            from.Dispose();
            to.Dispose();
            return true;
        }
    }
}
