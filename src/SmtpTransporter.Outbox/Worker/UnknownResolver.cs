using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Asks the application about emails whose delivery status is unknown (<see cref="OutboxOptions.OnUnknown"/>): each once, by one of the
/// workers, when its run has certainly ended. If the process ends meanwhile, it asks again later. Thread-safe.
/// </summary>
internal sealed class UnknownResolver(
    OutboxOptions options, EmailStore store, EmailActions actions, OutboxSignals signals, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    // Without a policy it asks nobody; it only shows the health check that it lives.
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DecisionTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AskAgainAfter = DecisionTimeout * 2;

    /// <summary>Waits until there may be something to ask.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) =>
        signals.Decisions.WaitAsync(options.OnUnknown is null ? IdleInterval : PollInterval, cancellationToken);

    /// <summary>Asks about an email that is parked, and carries the decision out. The next round follows at once.</summary>
    public async Task ResolveAsync(CancellationToken cancellationToken)
    {
        signals.Decisions.Reset();
        if (options.OnUnknown is not { } decide)
            return;
        // One in each round, so that the health check sees that the loop lives however long the decisions take.
        if (await store.ClaimUndecidedAsync(AskAgainAfter, cancellationToken).ConfigureAwait(false) is not { } row)
            return;
        signals.Decisions.Set();
        var entry = await store.ReadEntryAsync(row, cancellationToken).ConfigureAwait(false);
        var decision = await AskAsync(decide, entry, cancellationToken).ConfigureAwait(false);
        var act = decision switch
        {
            UnknownDecision.Resend when entry.IsReadable => actions.RetryAsync(row, CancellationToken.None),
            UnknownDecision.Discard => actions.CarryOutAsync(EmailActions.Discard(row), CancellationToken.None),
            _ => Task.FromResult(false),
        };
        if (!await act.ConfigureAwait(false))
            await store.KeepParkedAsync(row, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<UnknownDecision> AskAsync(
        Func<OutboxEntry, CancellationToken, ValueTask<UnknownDecision>> decide, OutboxEntry entry, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(DecisionTimeout, time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await decide(entry, asking.Token).AsTask().WaitAsync(asking.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Code of the application: the email stays parked.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            OutboxLog.DecisionFailed(logger, entry.Id, exception);
            return UnknownDecision.Park;
        }
    }
}
