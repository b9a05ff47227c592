using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Asks the application about emails whose delivery status is unknown (<see cref="OutboxOptions.OnUnknown"/>): each once, by one of the
/// workers, when its run has certainly ended. If the process ends meanwhile, it asks again later. Thread-safe.
/// </summary>
internal sealed class UnknownResolver
{
    private static readonly TimeSpan DecisionTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AskAgainAfter = DecisionTimeout * 2;

    private readonly OutboxOptions _options;
    private readonly EmailStore _store;
    private readonly EmailActions _actions;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WakeSignal _wake;

    public UnknownResolver(OutboxOptions options, EmailStore store, EmailActions actions, TimeProvider time, ILogger logger)
    {
        (_options, _store, _actions, _time, _logger) = (options, store, actions, time, logger);
        _wake = new WakeSignal(TimeSpan.FromSeconds(2), time);
        store.EmailParked += _wake.Set;
    }

    /// <summary>Waits until there may be something to ask.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _wake.WaitAsync(cancellationToken);

    /// <summary>Asks about every email that is parked, and carries the decisions out.</summary>
    public async Task ResolveAsync(CancellationToken cancellationToken)
    {
        _wake.Reset();
        if (_options.OnUnknown is not { } decide)
            return;
        while (true)
        {
            var now = _time.GetUtcNow();
            if (await _store.ClaimUndecidedAsync(now, now + AskAgainAfter, cancellationToken).ConfigureAwait(false) is not { } row)
                return;
            var entry = await _store.ReadEntryAsync(row, cancellationToken).ConfigureAwait(false);
            var decision = await AskAsync(decide, entry, cancellationToken).ConfigureAwait(false);
            var act = decision switch
            {
                UnknownDecision.Resend when entry.IsReadable => _actions.RetryAsync(row, CancellationToken.None),
                UnknownDecision.Discard => _actions.DiscardAsync(row, CancellationToken.None),
                _ => Task.FromResult(false),
            };
            if (!await act.ConfigureAwait(false))
                await _store.KeepParkedAsync(row, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<UnknownDecision> AskAsync(
        Func<OutboxEntry, CancellationToken, ValueTask<UnknownDecision>> decide, OutboxEntry entry, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(DecisionTimeout, _time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await decide(entry, asking.Token).AsTask().WaitAsync(asking.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Code of the application: the email stays parked.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            OutboxLog.DecisionFailed(_logger, entry.Id, exception);
            return UnknownDecision.Park;
        }
    }
}
