using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>The servers of a transporter: which of them a mail goes to, and where it goes when one fails. Safe for concurrent callers.</summary>
internal sealed class MailServers(IReadOnlyList<MailServer> servers, ServerChoice choice)
{
    private int _turn = -1;

    public MailServer First => servers[0];

    /// <summary>How many connections may be in use at once.</summary>
    public int MostConnections => choice == ServerChoice.RoundRobin ? servers.Sum(s => s.Options.MaxConnections) : servers[0].Options.MaxConnections;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SendResult> SendAsync(Func<MailServer, ValueTask<SendResult>> send, Deadline deadline)
    {
        SendResult? result = null;
        var tried = 0;
        foreach (var server in InOrder())
        {
            result = await send(server).ConfigureAwait(false);
            server.Learn(result);
            if (deadline.IsOver || !MayGoElsewhere(result) || ++tried == servers.Count)
                break;
            SmtpMeter.Retried(server.Options, "failover");
            if (servers[0].Options.Logger is { } logger)
                SendLog.WentElsewhere(logger, server.Options.Host, server.Options.Port);
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
    internal static bool MayGoElsewhere(SendResult result) => result.Outcome is Outcome.NotSent or Outcome.Deferred && !result.IsLocal;

    /// <summary>All of them, those that failed just now at the end.</summary>
    private IEnumerable<MailServer> InOrder()
    {
        if (servers.Count == 1)
            return servers;
        var first = choice == ServerChoice.RoundRobin ? (int)((uint)Interlocked.Increment(ref _turn) % servers.Count) : 0;
        return servers.Skip(first).Concat(servers.Take(first)).OrderBy(s => s.Rests).ToList();
    }
}
