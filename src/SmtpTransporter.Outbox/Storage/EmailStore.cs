using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>
/// The façade over the tables for what an application and a person do: every change of an email goes through it, in one transaction, and
/// wakes whom it concerns. Thread-safe.
/// </summary>
internal sealed class EmailStore(
    Database database, EmailTable emails, DecisionTable decisionTable, FeedbackTable feedbackTable, PartTable parts,
    OutboxStatistics statistics, OutboxSignals signals, Recall recall, TimeProvider time)
{
    // For a commit whose answer was lost: the same ids are stored once, however often they are tried.
    private const int MaxCommits = 4;
    private static readonly TimeSpan CommitAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc cref="Database.PrepareAsync"/>
    public Task PrepareAsync(DbTransaction? transaction, CancellationToken cancellationToken) =>
        database.PrepareAsync(transaction, cancellationToken);

    /// <inheritdoc cref="Database.IsSameDatabaseAsync"/>
    public Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        database.IsSameDatabaseAsync(transaction, cancellationToken);

    /// <summary>Stores emails, all or none, in the caller's transaction or in one of its own.</summary>
    /// <returns>For each the id of the email that is stored now, and whether it is the new one.</returns>
    /// <exception cref="OutboxCommitException">The database was lost before it said whether the emails are stored.</exception>
    public async Task<IReadOnlyList<(Guid Id, bool IsNew)>> AddAsync(
        IReadOnlyList<(EmailRow Row, SplitMessage Message)> items, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            await database.EnsureWritableAsync(transaction, cancellationToken).ConfigureAwait(false);
            var result = await database.InCallersTransactionAsync(transaction, AddAllAsync).ConfigureAwait(false);
            await database.AnnounceAsync(transaction, cancellationToken).ConfigureAwait(false);
            // Nobody knows when a caller's transaction is committed.
            signals.Claims.SetSoon();
            return result;
        }
        var added = await CommitAsync(AddAllAsync, [.. items.Select(i => i.Row.Id)], cancellationToken).ConfigureAwait(false);
        Wake();
        return added;

        async Task<(Guid, bool)[]> AddAllAsync(DbTransaction target)
        {
            var results = await emails.AddAsync(target, items, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < items.Count; i++)
            {
                if (results[i].IsNew)
                    await parts.AddAsync(target, items[i].Row, items[i].Message.Chunks, cancellationToken).ConfigureAwait(false);
            }
            return results;
        }
    }

    /// <summary>Wakes the workers of all processes.</summary>
    public void Wake()
    {
        signals.Claims.Set();
        database.Announce();
    }

    public Task<EmailRow?> FindAsync(Guid id, CancellationToken cancellationToken) => emails.FindAsync(id, cancellationToken);

    public Task<OutboxCounts> CountAsync(CancellationToken cancellationToken) => statistics.CountAsync(cancellationToken);

    /// <inheritdoc cref="EmailTable.ListAttemptsAsync"/>
    public Task<ILookup<Guid, OutboxAttempt>> ReadHistoriesAsync(IEnumerable<EmailRow> rows, CancellationToken cancellationToken) =>
        emails.ListAttemptsAsync(rows.Select(r => r.Id), cancellationToken);

    /// <summary>The entry of an email with its history.</summary>
    public async Task<OutboxEntry> ReadEntryAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var history = await emails.ListAttemptsAsync([row.Id], cancellationToken).ConfigureAwait(false);
        var entry = row.ToEntry([.. history[row.Id]]);
        return row is { IsOrdered: true, State: OutboxState.Waiting }
            ? entry with { WaitsFor = await emails.FindBlockerAsync(row, cancellationToken).ConfigureAwait(false) }
            : entry;
    }

    /// <summary>The message of an email; null if it does not exist any more.</summary>
    /// <param name="row">The email.</param>
    /// <param name="inRow">The part of the message in its own row, if it was read before.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<StoredMessage?> ReadMessageAsync(EmailRow row, byte[]? inRow, CancellationToken cancellationToken)
    {
        if (inRow is not null && row.Envelope.Segments.Count == 0)
            return CreateMessage(row, emails.Read(row, inRow));
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var content = inRow is null
                ? await emails.ReadMessageAsync(connection, row, cancellationToken).ConfigureAwait(false)
                : emails.Read(row, inRow);
            return content is null
                ? null
                : CreateMessage(row, await parts.JoinAsync(connection, row, content, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Changes an email by a decision, which is recorded in its history.</summary>
    /// <returns>False if the email is not in the state any more in which it was read.</returns>
    /// <exception cref="OutboxCommitException">The database was lost before it said whether the email is changed.</exception>
    public async Task<bool> DecideAsync(Decision decision, CancellationToken cancellationToken) =>
        (await DecideAsync([decision], cancellationToken).ConfigureAwait(false)).Count == 1;

    /// <summary>
    /// Changes some emails in one transaction, except those that are not in the state any more in which they were read. When it returns, no
    /// worker begins one of them by what it held before.
    /// </summary>
    /// <returns>Those that are changed.</returns>
    /// <exception cref="OutboxUnacknowledgedException">
    /// They are changed, but a worker that held some of them has not acknowledged it.
    /// </exception>
    /// <exception cref="OutboxCommitException">The database was lost before it said whether the emails are changed.</exception>
    public async Task<IReadOnlySet<Guid>> DecideAsync(IReadOnlyList<Decision> decisions, CancellationToken cancellationToken)
    {
        var holders = new HashSet<string>(StringComparer.Ordinal);
        var changed = await ApplyAsync(decisions, holders, cancellationToken).ConfigureAwait(false);
        if (changed.Count > 0)
            await recall.RecallAsync(holders, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>
    /// The same for emails for which nobody needs to be waited: the caller has claimed them and not begun, and gives them up, or they have
    /// expired, and no worker begins them by its own clock.
    /// </summary>
    public Task<IReadOnlySet<Guid>> HoldBackAsync(IReadOnlyList<Decision> decisions, CancellationToken cancellationToken) =>
        ApplyAsync(decisions, new HashSet<string>(StringComparer.Ordinal), cancellationToken);

    /// <summary>The same for a caller who recalls them itself, after several calls.</summary>
    /// <param name="decisions">The decisions.</param>
    /// <param name="holders">Gets the workers that hold some of the emails (<see cref="Recall.RecallAsync"/>).</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlySet<Guid>> ApplyAsync(
        IReadOnlyList<Decision> decisions, ISet<string> holders, CancellationToken cancellationToken)
    {
        if (decisions.Count == 0)
            return new HashSet<Guid>();
        // Found again if the answer of its commit is lost.
        List<Decision> own = [.. decisions.Select(d => d with { Details = d.Details with { Decision = Guid.NewGuid() } })];
        var isRepeated = false;
        var changed = await CommitAsync(
            async transaction =>
            {
                var applied = await decisionTable.ApplyAsync(transaction, own, isRepeated, holders, cancellationToken)
                    .ConfigureAwait(false);
                isRepeated = true;
                return applied;
            },
            [.. own.Select(d => d.Row.Id)],
            cancellationToken).ConfigureAwait(false);
        if (changed.Count > 0)
            Wake();
        return changed;
    }

    /// <summary>Removes the content of emails that have ended, except of those that have changed since they were read.</summary>
    /// <returns>The ids of those whose content was removed.</returns>
    public async Task<HashSet<Guid>> EraseAsync(
        IReadOnlyList<(EmailRow Row, string? Key)> items, AttemptDetails details, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            return [];
        var (erased, unused) = await database.InTransactionAsync(
            async transaction =>
            {
                var ids = new HashSet<Guid>();
                var freed = new HashSet<string>(StringComparer.Ordinal);
                await emails.LockAsync(transaction, items.Select(i => i.Row.Id), cancellationToken).ConfigureAwait(false);
                foreach (var (row, key) in items)
                {
                    if (!await emails.EraseAsync(transaction, row, key, details, cancellationToken).ConfigureAwait(false))
                        continue;
                    ids.Add(row.Id);
                    freed.UnionWith(await parts.DetachAsync(transaction, [row.Id], cancellationToken).ConfigureAwait(false));
                }
                return (ids, freed);
            },
            cancellationToken).ConfigureAwait(false);
        await parts.RemoveIfUnusedAsync(unused, cancellationToken).ConfigureAwait(false);
        return erased;
    }

    /// <summary>Leaves nothing of what was removed behind in the files of the database, as far as the database can.</summary>
    public Task PurgeAsync(CancellationToken cancellationToken) => database.PurgeAsync(cancellationToken);

    /// <summary>Adds the end of a run to the history of an email that the run does not hold any more.</summary>
    /// <returns>False if the run has recorded it already, and only the answer of the database was lost.</returns>
    public Task<bool> AddLateAttemptAsync(EmailRow row, AttemptDetails attempt) => database.InTransactionAsync(
        async transaction =>
        {
            if (await emails.HasAttemptAsync(transaction.Connection!, transaction, row, attempt, default).ConfigureAwait(false)
                || await emails.IsErasedAsync(transaction, row.Id, default).ConfigureAwait(false))
                return false;
            var late = attempt with { Text = $"Too late: {attempt.Text}" };
            await emails.AddAttemptAsync(transaction, row, late, default).ConfigureAwait(false);
            return true;
        },
        CancellationToken.None);

    /// <summary>Records what came back of an email, in one transaction.</summary>
    /// <returns>What was recorded; null if there is no such email, or its content was erased.</returns>
    /// <exception cref="OutboxCommitException">The database was lost before it said whether it is recorded.</exception>
    public Task<RecordedFeedback?> RecordAsync(Guid id, StoredFeedback feedback, CancellationToken cancellationToken)
    {
        RecordedFeedback? first = null;
        return CommitAsync(
            async transaction =>
            {
                var recorded = await feedbackTable.AddAsync(transaction, id, feedback, cancellationToken).ConfigureAwait(false);
                // The answer of an earlier commit of this call was lost: what that has recorded is new.
                return recorded is { IsRepeated: true } && first is not null ? first : first = recorded;
            },
            [id],
            cancellationToken);
    }

    /// <inheritdoc cref="EmailTable.ClaimUndecidedAsync"/>
    public Task<EmailRow?> ClaimUndecidedAsync(TimeSpan askAgainAfter, CancellationToken cancellationToken) =>
        emails.ClaimUndecidedAsync(askAgainAfter, cancellationToken);

    /// <inheritdoc cref="EmailTable.KeepParkedAsync"/>
    public Task KeepParkedAsync(EmailRow row, CancellationToken cancellationToken) => emails.KeepParkedAsync(row, cancellationToken);

    /// <inheritdoc cref="EmailTable.RemoveEndedAsync"/>
    public Task<int> RemoveEndedAsync(OutboxState state, TimeSpan endedFor, CancellationToken cancellationToken) =>
        emails.RemoveEndedAsync(state, endedFor, cancellationToken);

    /// <summary>Removes parts that no email uses and none has used lately, in small steps.</summary>
    public Task RemoveUnusedPartsAsync(CancellationToken cancellationToken) =>
        parts.RemoveUnusedAsync(time.GetUtcNow() - PartTable.UnusedRetention, cancellationToken);

    private async Task<T> CommitAsync<T>(Func<DbTransaction, Task<T>> run, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        try
        {
            return await RepeatAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (CommitUncertainException exception)
        {
            throw new OutboxCommitException(ids, exception.InnerException!);
        }
    }

    /// <summary>Runs a transaction again if the answer of its commit was lost.</summary>
    /// <exception cref="CommitUncertainException">The database stays away: whether one of them was committed is not known.</exception>
    private async Task<T> RepeatAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var commit = 1; ; commit++)
        {
            try
            {
                return await database.InTransactionAsync(run, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitUncertainException) when (commit < MaxCommits)
            {
                // If the first commit succeeded, or still does, the second one finds its rows, or waits for them.
                await Task.Delay(CommitAgainAfter, time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception)
                when (commit > 1 && exception is not CommitUncertainException
                    && (exception is OperationCanceledException || database.IsUnavailable(exception)))
            {
                throw new CommitUncertainException(exception);
            }
        }
    }

    /// <exception cref="InvalidDataException">The message is not whole.</exception>
    private static StoredMessage CreateMessage(EmailRow row, byte[] message)
    {
        if (message.Length != row.Size)
        {
            throw new InvalidDataException(
                $"The message in the database has {message.Length} bytes instead of {row.Size}: it was changed or damaged there.");
        }
        return new StoredMessage(row.Envelope.Sender, [.. row.Envelope.Recipients.Select(r => r.Address)], message)
        {
            MessageId = row.Envelope.MessageId,
            Notify = row.Envelope.Notify,
            EnvelopeId = row.Envelope.EnvelopeId,
            Stream = row.Stream,
            RequireTls = row.Envelope.RequireTls,
        };
    }
}
