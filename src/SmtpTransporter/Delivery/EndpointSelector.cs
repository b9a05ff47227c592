using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>The servers of a transporter: which of them a mail goes to, and where it goes when one fails. Safe for concurrent callers.</summary>
internal sealed class EndpointSelector(IReadOnlyList<ServerEndpoint> servers, ServerSelection choice)
{
    private int _turn = -1;

    public ServerEndpoint First => servers[0];

    /// <summary>How many connections may be in use at once.</summary>
    public int MaxConnections => choice == ServerSelection.RoundRobin ? servers.Sum(s => s.Options.MaxConnections) : servers[0].Options.MaxConnections;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SendResult> SendAsync(Func<ServerEndpoint, ValueTask<SendResult>> send, Deadline deadline)
    {
        SendResult? result = null;
        var tried = 0;
        foreach (var server in InOrder())
        {
            result = await send(server).ConfigureAwait(false);
            server.RecordOutcome(result);
            if (deadline.IsOver || !CanFailOver(result) || ++tried == servers.Count)
                break;
            SmtpMetrics.Retried(server.Options, "failover");
            if (servers[0].Options.Logger is { } logger)
                LogMessages.FailedOver(logger, server.Options.Host, server.Options.Port);
        }
        return result!;
    }

    public async ValueTask CloseAsync(bool async)
    {
        foreach (var server in servers)
            await server.CloseAsync(async).ConfigureAwait(false);
    }

    /// <summary>
    /// Nobody has the mail, and another server may take it. Not after a refusal for good, which the next would only repeat or, worse, not; nor where
    /// the mail itself is at fault.
    /// </summary>
    internal static bool CanFailOver(SendResult result) => result.Outcome is Outcome.NotSent or Outcome.Deferred && !result.IsLocal;

    /// <summary>All of them, those that failed just now at the end.</summary>
    private IEnumerable<ServerEndpoint> InOrder()
    {
        if (servers.Count == 1)
            return servers;
        var first = choice == ServerSelection.RoundRobin ? (int)((uint)Interlocked.Increment(ref _turn) % servers.Count) : 0;
        return servers.Skip(first).Concat(servers.Take(first)).OrderBy(s => s.IsBackedOff).ToList();
    }
}
