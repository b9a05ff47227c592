using System.Net;
using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>
/// Finds the addresses of a host and connects to the first that answers. They are tried in turn, each with a short lead, and not one
/// after another: a dead address costs a quarter of a second and not the whole time (RFC 8305).
/// </summary>
internal sealed class Connector(INameResolver resolver)
{
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(250);

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="host">A name, or an IP address.</param>
    /// <param name="port">The port.</param>
    /// <param name="local">The address of this machine to connect from; null if the system chooses it.</param>
    /// <param name="deadline">What cuts it off.</param>
    /// <param name="tracker">Learns the step.</param>
    public async ValueTask<Socket> ConnectAsync(
        bool async, string host, int port, IPAddress? local, Deadline deadline, DialogueTracker tracker)
    {
        var addresses = await FindAsync(async, host, deadline, tracker).ConfigureAwait(false);
        tracker.EnterStep(DialogueStep.Connect);
        // "::ffff:192.0.2.1" is an IPv4 address (RFC 4291, section 2.5.5.2), which a machine without IPv6 can reach.
        var ordered = Interleaved(Array.ConvertAll(addresses, a => a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a));
        if (local is not null)
            ordered = LocalEndPoint.Reachable(ordered, ref local, host);
        tracker.Addresses = ordered;
        return async ? await RaceAsync(ordered, port, local, deadline).ConfigureAwait(false) : Race(ordered, port, local, deadline);
    }

    /// <summary>An IPv4 address of the host, as text; one of IPv6 if it has no other.</summary>
    public async ValueTask<string> FindIPv4Async(bool async, string host, Deadline deadline, DialogueTracker tracker)
    {
        var addresses = await FindAsync(async, host, deadline, tracker).ConfigureAwait(false);
        return (Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0]).ToString();
    }

    private async ValueTask<IPAddress[]> FindAsync(bool async, string host, Deadline deadline, DialogueTracker tracker)
    {
        tracker.EnterStep(DialogueStep.Resolve);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal]
            : async ? await resolver.ResolveAsync(host, deadline.Token).ConfigureAwait(false)
            : resolver.Resolve(host, deadline);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>The families in turn, the one that the resolver prefers first (RFC 8305, section 4).</summary>
    internal static IPAddress[] Interleaved(IPAddress[] addresses)
    {
        var first = addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily).ToArray();
        var second = addresses.Except(first).ToArray();
        return [.. Enumerable.Range(0, Math.Max(first.Length, second.Length)).SelectMany(
            i => first.Skip(i).Take(1).Concat(second.Skip(i).Take(1)))];
    }

    private static async Task<Socket> RaceAsync(IPAddress[] addresses, int port, IPAddress? local, Deadline deadline)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        var running = new List<Task<Socket>>();
        var next = 0;
        Exception? failure = null;
        Socket? winner = null;
        try
        {
            while (winner is null && (next < addresses.Length || running.Count > 0))
            {
                if (next < addresses.Length)
                    running.Add(ConnectOneAsync(new IPEndPoint(addresses[next++], port), local, race.Token));
                var lead = next < addresses.Length ? Task.Delay(Lead, race.Token) : Task.Delay(Timeout.Infinite, race.Token);
                var done = await Task.WhenAny(running.Append(lead)).ConfigureAwait(false);
                deadline.ThrowIfOver();
                if (done is not Task<Socket> attempt)
                    continue;
                running.Remove(attempt);
                if (attempt.IsCompletedSuccessfully)
                    winner = await attempt.ConfigureAwait(false);
                else
                    failure ??= attempt.Exception?.InnerException;
            }
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            foreach (var late in running)
                _ = late.ContinueWith(
                    static t => { if (t.IsCompletedSuccessfully) t.Result.Dispose(); else _ = t.Exception; }, TaskScheduler.Default);
        }
        return winner ?? throw failure ?? new SocketException((int)SocketError.HostUnreachable);
    }

    private static async Task<Socket> ConnectOneAsync(IPEndPoint endpoint, IPAddress? local, CancellationToken cancellationToken)
    {
        var socket = NewSocket(endpoint, local);
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Race(IPAddress[] addresses, int port, IPAddress? local, Deadline deadline)
    {
        var running = new List<Socket>();
        var next = 0;
        Exception? failure = null;
        try
        {
            while (next < addresses.Length || running.Count > 0)
            {
                deadline.ThrowIfOver();
                if (next < addresses.Length)
                {
                    if (Begin(new IPEndPoint(addresses[next++], port), local, running, ref failure) is { } atOnce)
                        return Won(atOnce);
                    if (running.Count == 0)
                        continue;
                }
                // In slices, so that the caller's cancellation is seen; the last address has all the time that is left.
                var wait = TimeSpan.FromTicks(Math.Min(Lead.Ticks, Math.Max(deadline.Remaining.Ticks, TimeSpan.TicksPerMillisecond)));
                var (writable, failed) = (new List<Socket>(running), new List<Socket>(running));
                Socket.Select(null, writable, failed, wait);
                foreach (var socket in failed.Union(writable))
                {
                    var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
                    running.Remove(socket);
                    if (error == SocketError.Success && writable.Contains(socket))
                        return Won(socket);
                    failure ??= new SocketException((int)error);
                    socket.Dispose();
                }
            }
        }
        finally
        {
            running.ForEach(socket => socket.Dispose());
        }
        throw failure ?? new SocketException((int)SocketError.HostUnreachable);

        static Socket Won(Socket socket)
        {
            socket.Blocking = true;
            return socket;
        }
    }

    private static Socket? Begin(IPEndPoint endpoint, IPAddress? local, List<Socket> running, ref Exception? failure)
    {
        Socket? socket = null;
        try
        {
            socket = NewSocket(endpoint, local);
            socket.Blocking = false;
            socket.Connect(endpoint);
            return socket;
        }
        catch (SocketException exception) when (socket is not null
            && exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            running.Add(socket!);
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            failure ??= exception;
        }
        return null;
    }

    private static Socket NewSocket(IPEndPoint endpoint, IPAddress? local)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            if (local is not null)
                LocalEndPoint.Bind(socket, local);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
