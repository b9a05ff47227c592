using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// The servers of a transporter: which of them gets a message, and which is next if one fails. Safe for concurrent callers.
/// </summary>
internal sealed class EndpointSelector(IReadOnlyList<ServerEndpoint> endpoints, ServerSelection selection)
{
    private int _turn = -1;

    public ServerEndpoint First => endpoints[0];

    /// <summary>So many emails at once keep all connections busy: for each, those on their way, and one that waits.</summary>
    public int MaxTogether =>
        selection == ServerSelection.RoundRobin ? endpoints.Sum(MostOver) : MostOver(endpoints[0]);

    /// <summary>Sends a message to the first server that takes it.</summary>
    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="message">The message.</param>
    /// <param name="isBulk">Whether it is one of a sequence.</param>
    /// <param name="deadline">The limit of the send.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SendOutcome> SendAsync(bool async, OutgoingMessage message, bool isBulk, Deadline deadline)
    {
        SendOutcome outcome = default;
        var tried = 0;
        foreach (var endpoint in InOrder())
        {
            // A server is waited for only if there is no other.
            var reconnects = tried == endpoints.Count - 1 && Reconnects(endpoint.Options.Reconnect, isBulk);
            outcome = await endpoint.SendAsync(async, message, reconnects, deadline).ConfigureAwait(false);
            if (outcome.IsCanceled)
                break;
            endpoint.RecordOutcome(outcome.Result);
            if (deadline.IsOver || !CanFailOver(outcome.Result) || ++tried == endpoints.Count)
                break;
            SmtpMetrics.Retried(endpoint.Options, "failover");
            if (endpoints[0].Options.Logger is { } logger)
                LogMessages.FailedOver(logger, endpoint.Options.Host, endpoint.Options.Port);
        }
        return outcome;
    }

    public async ValueTask CloseAsync(bool async)
    {
        foreach (var endpoint in endpoints)
            await endpoint.CloseAsync(async).ConfigureAwait(false);
    }

    /// <summary>
    /// Nobody has the message, and another server may take it. Not after a refusal for good, which the next would only repeat or, worse,
    /// not; nor if the email itself is at fault.
    /// </summary>
    internal static bool CanFailOver(SendResult result) => result.Outcome is Outcome.NotSent or Outcome.Deferred && !result.IsLocal;

    /// <summary>The warnings of all servers that have come up; each is reported once.</summary>
    public IReadOnlyList<SmtpError> TakeWarnings()
    {
        List<SmtpError>? warnings = null;
        // By their numbers: an enumerator for each email would be one too many.
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (endpoints[i].Pool.TakeWarning() is { } warning)
                (warnings ??= []).Add(warning);
        }
        return warnings ?? (IReadOnlyList<SmtpError>)[];
    }

    private static int MostOver(ServerEndpoint endpoint) => OverlapState.MostOver(endpoint.Options) * endpoint.Options.MaxConnections;

    private static bool Reconnects(ReconnectMode mode, bool isBulk) =>
        mode == ReconnectMode.Always || (isBulk && mode == ReconnectMode.Auto);

    /// <summary>All of them, those that failed just now at the end.</summary>
    private IEnumerable<ServerEndpoint> InOrder()
    {
        if (endpoints.Count == 1)
            return endpoints;
        var first = selection == ServerSelection.RoundRobin ? (int)((uint)Interlocked.Increment(ref _turn) % endpoints.Count) : 0;
        return endpoints.Skip(first).Concat(endpoints.Take(first)).OrderBy(e => e.IsBackedOff).ToList();
    }
}
