using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The façade over the tables: every change of an email goes through it, in one transaction, and raises an event in this process.
/// Thread-safe.
/// </summary>
internal sealed class EmailStore(Database database, EmailTable emails, PartTable parts, QueueTable queue, OutboxStatistics statistics)
{
    /// <summary>Emails wait that may not be scheduled yet.</summary>
    public event Action? EmailsWaiting;

    /// <summary>An email started to be sent, or left the queue: another one may be scheduled.</summary>
    public event Action? CapacityFreed;

    /// <summary>An email was parked: the application may have to decide about it.</summary>
    public event Action? EmailParked;

    /// <inheritdoc cref="Database.PrepareAsync"/>
    public Task PrepareAsync(DbTransaction? transaction, CancellationToken cancellationToken) =>
        database.PrepareAsync(transaction, cancellationToken);

    /// <inheritdoc cref="Database.IsSameDatabaseAsync"/>
    public Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        database.IsSameDatabaseAsync(transaction, cancellationToken);

    /// <summary>Stores emails, all or none, in the caller's transaction or in one of its own.</summary>
    /// <returns>For each the id of the email that is stored now, and whether it is the new one.</returns>
    public async Task<IReadOnlyList<(Guid Id, bool IsNew)>> AddAsync(
        IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        // Nobody knows when a caller's transaction is committed.
        if (transaction is not null)
            return await AddAllAsync(transaction).ConfigureAwait(false);
        var added = await database.InTransactionAsync(AddAllAsync, cancellationToken).ConfigureAwait(false);
        EmailsWaiting?.Invoke();
        return added;

        async Task<(Guid, bool)[]> AddAllAsync(DbTransaction target)
        {
            var results = new (Guid Id, bool IsNew)[items.Count];
            // In the order of their keys: otherwise two calls with the same keys would deadlock.
            foreach (var i in Enumerable.Range(0, items.Count).OrderBy(i => items[i].Row.Key, StringComparer.Ordinal))
            {
                var (row, message) = items[i];
                results[i] = await emails.AddAsync(target, row, message, cancellationToken).ConfigureAwait(false);
                if (results[i].IsNew)
                    await parts.AddAsync(target, row, message.Chunks, cancellationToken).ConfigureAwait(false);
            }
            return results;
        }
    }

    public Task<EmailRow?> FindAsync(Guid id, CancellationToken cancellationToken) => emails.FindAsync(id, cancellationToken);

    public Task<List<EmailRow>> ListAsync(OutboxState? state, int limit, Guid? before, CancellationToken cancellationToken) =>
        emails.ListAsync(state, limit, before, cancellationToken);

    public Task<OutboxCounts> CountAsync(CancellationToken cancellationToken) => statistics.CountAsync(cancellationToken);

    /// <summary>The entry of an email with its history.</summary>
    public async Task<OutboxEntry> ReadEntryAsync(EmailRow row, CancellationToken cancellationToken) =>
        row.ToEntry(await emails.ListAttemptsAsync(row.Id, cancellationToken).ConfigureAwait(false));

    /// <summary>The message of an email; null if it does not exist any more.</summary>
    public async Task<StoredMessage?> ReadMessageAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await emails.ReadMessageAsync(connection, row, cancellationToken).ConfigureAwait(false) is not { } inRow)
                return null;
            var message = await parts.JoinAsync(connection, row, inRow, cancellationToken).ConfigureAwait(false);
            return new StoredMessage(row.Envelope.Sender, [.. row.Envelope.Recipients.Select(r => r.Address)], message)
            {
                MessageId = row.Envelope.MessageId,
                Notify = row.Envelope.Notify,
                EnvelopeId = row.Envelope.EnvelopeId,
            };
        }
    }

    /// <inheritdoc cref="EmailTable.BeginTransmissionAsync"/>
    public async Task<bool> BeginTransmissionAsync(EmailRow row, string worker, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hasBegun = await emails.BeginTransmissionAsync(row, worker, now, cancellationToken).ConfigureAwait(false);
        if (hasBegun)
            CapacityFreed?.Invoke();
        return hasBegun;
    }

    /// <summary>Records the outcome of a run, with its attempt.</summary>
    /// <param name="row">The email as the run read it.</param>
    /// <param name="worker">The run, which must own the email; null if the email must be in the state in which it was read.</param>
    /// <param name="transition">The new state.</param>
    /// <param name="at">The end of the attempt.</param>
    /// <param name="attempt">The attempt.</param>
    /// <returns>False if another run has the email, or it was canceled; nothing is recorded then.</returns>
    public async Task<bool> RecordAsync(EmailRow row, string? worker, StateTransition transition, DateTimeOffset at, AttemptDetails attempt)
    {
        var isRecorded = await ChangeAsync(
            row,
            transaction => worker is null
                ? emails.ChangeAsync(transaction, row, transition, CancellationToken.None)
                : emails.EndRunAsync(transaction, row, worker, transition, CancellationToken.None),
            at, attempt, CancellationToken.None).ConfigureAwait(false);
        if (!isRecorded)
            return false;
        CapacityFreed?.Invoke();
        if (transition.State == OutboxState.Unknown)
            EmailParked?.Invoke();
        return true;
    }

    /// <summary>Changes an email by a decision, which is recorded in its history.</summary>
    /// <returns>False if the email is not in the state any more in which it was read.</returns>
    public async Task<bool> DecideAsync(
        EmailRow row, StateTransition transition, DateTimeOffset at, AttemptDetails decision, CancellationToken cancellationToken)
    {
        var isChanged = await ChangeAsync(
            row, transaction => emails.ChangeAsync(transaction, row, transition, cancellationToken), at, decision, cancellationToken)
            .ConfigureAwait(false);
        if (isChanged)
            EmailsWaiting?.Invoke();
        return isChanged;
    }

    /// <inheritdoc cref="QueueTable.RequeueAsync"/>
    public async Task RequeueAsync(Guid id, int generation, CancellationToken cancellationToken)
    {
        await queue.RequeueAsync(id, generation, cancellationToken).ConfigureAwait(false);
        EmailsWaiting?.Invoke();
    }

    /// <inheritdoc cref="QueueTable.RequeueOrphansAsync"/>
    public async Task<IReadOnlyList<(Guid Id, int Generation)>> RequeueOrphansAsync(
        DateTimeOffset scheduledBefore, int limit, CancellationToken cancellationToken)
    {
        var former = await queue.RequeueOrphansAsync(scheduledBefore, limit, cancellationToken).ConfigureAwait(false);
        if (former.Count > 0)
            EmailsWaiting?.Invoke();
        return former;
    }

    /// <inheritdoc cref="EmailTable.ListAbandonedAsync"/>
    public Task<List<EmailRow>> ListAbandonedAsync(DateTimeOffset startedBefore, int limit, CancellationToken cancellationToken) =>
        emails.ListAbandonedAsync(startedBefore, limit, cancellationToken);

    /// <inheritdoc cref="QueueTable.ClaimUndecidedAsync"/>
    public Task<EmailRow?> ClaimUndecidedAsync(DateTimeOffset now, DateTimeOffset askAgainAt, CancellationToken cancellationToken) =>
        queue.ClaimUndecidedAsync(now, askAgainAt, cancellationToken);

    /// <inheritdoc cref="QueueTable.KeepParkedAsync"/>
    public Task KeepParkedAsync(EmailRow row, CancellationToken cancellationToken) => queue.KeepParkedAsync(row, cancellationToken);

    /// <summary>Removes emails in a final state that ended before a time, in small steps, and parts that no email uses.</summary>
    /// <returns>How many emails were removed.</returns>
    public async Task<int> RemoveExpiredAsync(
        DateTimeOffset now, DateTimeOffset endedBefore, DateTimeOffset deadLetteredBefore, CancellationToken cancellationToken)
    {
        var (removed, sum) = (0, 0);
        do
        {
            removed = await emails.RemoveEndedAsync(endedBefore, deadLetteredBefore, cancellationToken).ConfigureAwait(false);
            sum += removed;
        }
        while (removed > 0);
        await parts.RemoveUnusedAsync(now - PartTable.UnusedRetention, cancellationToken).ConfigureAwait(false);
        return sum;
    }

    private Task<bool> ChangeAsync(
        EmailRow row,
        Func<DbTransaction, Task<bool>> change,
        DateTimeOffset at,
        AttemptDetails attempt,
        CancellationToken cancellationToken) => database.InTransactionAsync(
            async transaction =>
            {
                if (!await change(transaction).ConfigureAwait(false))
                    return false;
                await emails.AddAttemptAsync(transaction, row, at, attempt, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
}
