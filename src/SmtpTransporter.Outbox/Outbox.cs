using System.Data.Common;
using System.Runtime.CompilerServices;

namespace SmtpTransport.Outbox;

/// <inheritdoc cref="IOutbox"/>
internal sealed class Outbox(
    EmailStore store,
    EmailRowFactory rows,
    SettingTable settings,
    EmailActions actions,
    OutboxMeter meter,
    OutboxSignals signals,
    TimeProvider time) : IOutbox
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);

    public async Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        string? lane = null,
        bool isOrdered = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        var item = new OutboxEmail(email)
        {
            IdempotencyKey = idempotencyKey,
            SendAt = sendAt,
            TransporterName = transporterName,
            Priority = priority,
            Lane = lane,
            IsOrdered = isOrdered,
        };
        return (await EnqueueManyAsync([item], transaction, cancellationToken).ConfigureAwait(false))[0];
    }

    public async Task<IReadOnlyList<Guid>> EnqueueManyAsync(
        IEnumerable<OutboxEmail> emails, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        if (transaction is not null)
            await ThrowIfUnusableAsync(transaction, cancellationToken).ConfigureAwait(false);
        // Before the database is used: an invalid email stores nothing, and reading attachments holds no lock.
        var items = await rows.CreateAsync(emails, cancellationToken).ConfigureAwait(false);
        await store.PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var added = await store.AddAsync(items, transaction, cancellationToken).ConfigureAwait(false);
        meter.AddEnqueued(added.Count(a => a.IsNew));
        return [.. added.Select(a => a.Id)];
    }

    public async Task<OutboxEntry?> GetAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row
            ? await store.ReadEntryAsync(row, cancellationToken).ConfigureAwait(false)
            : null;
    }

    public async IAsyncEnumerable<OutboxEntry> WatchAsync(Guid id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        (OutboxState, int, DateTimeOffset?, int)? seen = null;
        while (await GetAsync(id, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var current = (entry.State, entry.AttemptCount, entry.DueAt, entry.History.Count);
            if (seen != current)
                yield return entry;
            seen = current;
            if (entry.IsFinal)
                yield break;
            await Task.Delay(WatchInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<OutboxEntry>> ListAsync(
        OutboxState? state = null, int limit = 100, Guid? before = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1000);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return [.. (await store.ListAsync(state, limit, before, cancellationToken).ConfigureAwait(false)).Select(row => row.ToEntry([]))];
    }

    public async Task<StoredMessage?> GetMessageAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row
            ? await store.ReadMessageAsync(row, null, cancellationToken).ConfigureAwait(false)
            : null;
    }

    public async Task<OutboxCounts> CountAsync(CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await store.CountAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task<bool> CancelAsync(Guid id, CancellationToken cancellationToken = default) =>
        ActAsync(id, state => state == OutboxState.Waiting, row => actions.CancelAsync(row, cancellationToken), cancellationToken);

    public Task<bool> ResendAsync(Guid id, CancellationToken cancellationToken = default) => ActAsync(
        id,
        state => state is not (OutboxState.Sent or OutboxState.Sending),
        row => actions.ResendAsync(row, cancellationToken),
        cancellationToken);

    public Task<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default) => ActAsync(
        id,
        state => state is OutboxState.Unknown or OutboxState.DeadLettered,
        row => actions.DiscardAsync(row, cancellationToken),
        cancellationToken);

    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        await settings.PauseAsync(cancellationToken).ConfigureAwait(false);
        signals.IsPaused = true;
    }

    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        await settings.ResumeAsync(cancellationToken).ConfigureAwait(false);
        signals.IsPaused = false;
        store.Wake();
    }

    public async Task<bool> IsPausedAsync(CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return signals.IsPaused = await settings.IsPausedAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ThrowIfUnusableAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction.Connection is not { } connection)
            throw new ArgumentException("The transaction has ended; allowed: an open one on the outbox's database.", nameof(transaction));
        if (!await store.IsSameDatabaseAsync(transaction, cancellationToken).ConfigureAwait(false))
        {
            throw new ArgumentException(
                $"The transaction is a {transaction.GetType().Name} on {connection.DataSource} {connection.Database}; "
                + "allowed: one on the outbox's own database.",
                nameof(transaction));
        }
    }

    private async Task<bool> ActAsync(
        Guid id, Func<OutboxState, bool> isAllowed, Func<EmailRow, Task<bool>> act, CancellationToken cancellationToken)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        EmailRow? before = null;
        while (await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row && isAllowed(row.State))
        {
            if (await act(row).ConfigureAwait(false))
                return true;
            // A run has changed it meanwhile: read it again. If nothing has changed, the action is impossible.
            if (before is not null && (before.State, before.Generation) == (row.State, row.Generation))
                return false;
            before = row;
        }
        return false;
    }
}
