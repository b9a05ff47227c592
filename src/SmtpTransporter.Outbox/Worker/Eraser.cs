using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Removes what the outbox has of a person. Thread-safe.</summary>
internal sealed class Eraser(EmailSearch search, EmailStore store, SuppressionTable suppressions, ILogger logger)
{
    private const int Step = 100;
    private const string Mask = "(address)";

    /// <inheritdoc cref="IOutbox.EraseAsync"/>
    public async Task<OutboxErasure> EraseAsync(
        string address, string by, string? reason, bool cancelWaiting, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        // First: if the list cannot be used, nothing is erased, and the caller knows.
        await suppressions.EraseAsync(address, cancellationToken).ConfigureAwait(false);
        var filter = await search.CreateFilterAsync(new OutboxQuery { Recipient = address }, cancellationToken).ConfigureAwait(false);
        var (erased, canceled, remaining) = (0, 0, new List<Guid>());
        // What is recorded for good must not have the address either.
        var (who, why) = (Hide(by, address), reason is null ? null : Hide(reason, address));
        var text = $"Erased by {who}{(why is null ? "" : $" ({why})")}.";
        var details = new AttemptDetails(EmailActions.Process, null, 0, text, 0) { By = who, Reason = why };
        await foreach (var rows in search.ReadAllAsync(filter, Step, cancellationToken).ConfigureAwait(false))
        {
            var current = rows;
            if (cancelWaiting)
            {
                var waiting = rows.Where(r => r.State == OutboxState.Waiting).ToList();
                canceled += (await store.DecideAsync([.. waiting.Select(r => EmailActions.Cancel(r, who, why))], cancellationToken)
                    .ConfigureAwait(false)).Count;
                current = [.. rows.Except(waiting)];
                foreach (var row in waiting)
                {
                    if (await store.FindAsync(row.Id, cancellationToken).ConfigureAwait(false) is { } now)
                        current.Add(now);
                }
            }
            var ended = current.Where(r => r.State is OutboxState.Sent or OutboxState.DeadLettered or OutboxState.Canceled
                or OutboxState.Discarded);
            var done = await store.EraseAsync([.. ended.Select(r => (r, KeyWithout(r.Key, address)))], details, cancellationToken)
                .ConfigureAwait(false);
            erased += done.Count;
            remaining.AddRange(current.Where(r => !done.Contains(r.Id)).Select(r => r.Id));
        }
        await store.PurgeAsync(cancellationToken).ConfigureAwait(false);
        OutboxLog.Erased(logger, erased, remaining.Count, who, why ?? "");
        return new OutboxErasure(erased, canceled, remaining);
    }

    /// <summary>A key without the address still prevents a second email.</summary>
    private static string? KeyWithout(string? key, string address) =>
        key?.Contains(address.Trim(), StringComparison.OrdinalIgnoreCase) == true ? null : key;

    private static string Hide(string text, string address) => text.Replace(address.Trim(), Mask, StringComparison.OrdinalIgnoreCase);
}
