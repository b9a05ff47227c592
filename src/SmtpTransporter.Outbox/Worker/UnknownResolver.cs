using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Asks the application about mails of which it is not known whether they were delivered (<see cref="OutboxOptions.OnUnknown"/>): each once, by one of
/// the workers, when its run has surely ended. Where the process ends meanwhile, it is asked again later. Safe for concurrent callers.
/// </summary>
internal sealed class UnknownResolver(OutboxOptions options, EmailTable table, QueueTable queue, EmailActions decisions, TimeProvider time, ILogger logger)
{
    /// <summary>The answer has to come within this time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AskedAgainAfter = Patience * 2;

    public WakeSignal Bell { get; } = new(TimeSpan.FromSeconds(2), time);

    public async Task DecideAsync(CancellationToken cancellationToken)
    {
        Bell.Reset();
        if (options.OnUnknown is not { } decide)
            return;
        while (true)
        {
            var now = time.GetUtcNow();
            if (await queue.TakeQuestionAsync(now, now + AskedAgainAfter, cancellationToken).ConfigureAwait(false) is not { } row)
                return;
            var entry = row.ToEntry(await table.HistoryAsync(row.Id, cancellationToken).ConfigureAwait(false));
            var isDone = await AskAsync(decide, entry, cancellationToken).ConfigureAwait(false) switch
            {
                UnknownDecision.Resend when entry.IsReadable => await decisions.TryAgainAsync(row, CancellationToken.None).ConfigureAwait(false),
                UnknownDecision.Discard => await decisions.EndAsync(row, OutboxState.Discarded, CancellationToken.None).ConfigureAwait(false),
                _ => false,
            };
            if (!isDone)
                await queue.AnsweredAsync(row, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<UnknownDecision> AskAsync(
        Func<OutboxEntry, CancellationToken, ValueTask<UnknownDecision>> decide, OutboxEntry entry, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await decide(entry, asking.Token).AsTask().WaitAsync(asking.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The caller's own code: the mail stays parked.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            OutboxLog.DecisionFailed(logger, entry.Id, exception);
            return UnknownDecision.Park;
        }
    }
}
