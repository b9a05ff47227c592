using System.Data.Common;
using System.Runtime.CompilerServices;

namespace SmtpTransport.Outbox;

/// <inheritdoc cref="IOutbox"/>
internal sealed partial class Outbox(
    EmailStore store,
    EmailSearch search,
    EmailRowFactory rows,
    Pauses pauses,
    EmailActions actions,
    BulkActions bulk,
    Eraser eraser,
    KeyRotation keys,
    FeedbackRecorder recorder,
    OutboxMeter meter,
    TimeProvider time) : IOutbox
{
    // Of which one page reads the subjects or the histories.
    private const int MaxScanned = 20_000;

    private const int MaxPage = 1000;
    private const int ExportStep = 200;

    public async Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        string? lane = null,
        bool isOrdered = false,
        DateTimeOffset? expiresAt = null,
        CancellationToken cancellationToken = default)
    {
        var item = CreateItem(email, idempotencyKey, sendAt, transporterName, priority, lane, isOrdered, expiresAt);
        return (await EnqueueManyAsync([item], transaction, cancellationToken).ConfigureAwait(false))[0];
    }

    public async Task<EnqueueResult> TryEnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        string? lane = null,
        bool isOrdered = false,
        DateTimeOffset? expiresAt = null,
        CancellationToken cancellationToken = default)
    {
        var item = CreateItem(email, idempotencyKey, sendAt, transporterName, priority, lane, isOrdered, expiresAt);
        var (created, ids) = await AddAsync([item], transaction, cancellationToken).ConfigureAwait(false);
        return ids is [var id] ? new EnqueueResult(id) : new EnqueueResult(created.Errors);
    }

    public async Task<IReadOnlyList<Guid>> EnqueueManyAsync(
        IEnumerable<OutboxEmail> emails, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        var (created, ids) = await AddAsync(emails, transaction, cancellationToken).ConfigureAwait(false);
        return ids ?? throw created.ToException();
    }

    public async Task<OutboxEntry?> GetAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row
            ? await store.ReadEntryAsync(row, cancellationToken).ConfigureAwait(false)
            : null;
    }

    public IAsyncEnumerable<OutboxEntry> WatchAsync(Guid id, CancellationToken cancellationToken = default) =>
        WatchAsync(id, isUntilEnd: true, cancellationToken);

    public async Task<OutboxListPage> ListAsync(
        OutboxQuery? query = null, int limit = 100, string? page = null, bool isOldestFirst = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        if (page is not null && !Guid.TryParseExact(page, "N", out _))
            throw new ArgumentException($"page is \"{page}\"; allowed: the NextPage of the page before.", nameof(page));
        var filter = await CreateFilterAsync(query ?? new OutboxQuery(), cancellationToken).ConfigureAwait(false);
        var range = new SearchRange(isOldestFirst, page);
        var (found, next) = await search.ReadAsync(filter, range, limit, cancellationToken, MaxScanned).ConfigureAwait(false);
        return new OutboxListPage([.. found.Select(row => row.ToEntry([]))], next);
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

    public async Task<OutboxMatchCount> CountAsync(OutboxQuery query, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, OutboxMatchCount.MaxLimit);
        var filter = await CreateFilterAsync(query, cancellationToken).ConfigureAwait(false);
        var count = await search.CountAsync(filter, limit + 1, cancellationToken).ConfigureAwait(false);
        return new OutboxMatchCount(Math.Min(count, limit), count > limit);
    }

    public Task<bool> CancelAsync(Guid id, CancellationToken cancellationToken = default) =>
        ActAsync(id, DecisionKind.Cancel, cancellationToken);

    public Task<bool> ResendAsync(Guid id, CancellationToken cancellationToken = default) =>
        ActAsync(id, DecisionKind.Resend, cancellationToken);

    public Task<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default) =>
        ActAsync(id, DecisionKind.Discard, cancellationToken);

    public Task<bool> RestoreAsync(Guid id, CancellationToken cancellationToken = default) =>
        ActAsync(id, DecisionKind.Restore, cancellationToken);

    public Task<int> CancelAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default) =>
        bulk.RunAsync(DecisionKind.Cancel, query, by, reason, cancellationToken);

    public Task<int> ResendAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default) =>
        bulk.RunAsync(DecisionKind.Resend, query, by, reason, cancellationToken);

    public Task<int> DiscardAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default) =>
        bulk.RunAsync(DecisionKind.Discard, query, by, reason, cancellationToken);

    public Task<int> RestoreAsync(OutboxQuery query, string by, string? reason = null, CancellationToken cancellationToken = default) =>
        bulk.RunAsync(DecisionKind.Restore, query, by, reason, cancellationToken);

    public Task<OutboxErasure> EraseAsync(
        string address, string by, string? reason = null, bool cancelWaiting = false, CancellationToken cancellationToken = default) =>
        eraser.EraseAsync(address, by, reason, cancelWaiting, cancellationToken);

    public async IAsyncEnumerable<OutboxEntry> ExportAsync(
        OutboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = await CreateFilterAsync(query, cancellationToken).ConfigureAwait(false);
        await foreach (var rows in search.ReadAllAsync(filter, ExportStep, cancellationToken).ConfigureAwait(false))
        {
            var histories = await store.ReadHistoriesAsync(rows, cancellationToken).ConfigureAwait(false);
            foreach (var row in rows)
                yield return row.ToEntry([.. histories[row.Id]]);
        }
    }

    public async Task<OutboxReencryption> ReencryptAsync(bool includeRevoked = false, CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await keys.ReencryptAllAsync(includeRevoked, cancellationToken).ConfigureAwait(false);
    }

    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        pauses.PauseAsync(SendPause.Everything, null, null, cancellationToken);

    public Task PauseAsync(
        string by, string? reason = null, string? transporterName = null, string? lane = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        return pauses.PauseAsync(new SendPause(transporterName, lane), by, reason, cancellationToken);
    }

    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        pauses.ResumeAsync(SendPause.Everything, null, cancellationToken);

    public Task<bool> ResumeAsync(
        string by, string? transporterName = null, string? lane = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        return pauses.ResumeAsync(new SendPause(transporterName, lane), by, cancellationToken);
    }

    public async Task<bool> IsPausedAsync(CancellationToken cancellationToken = default) =>
        (await ListPausesAsync(cancellationToken).ConfigureAwait(false)).Any(p => p is { TransporterName: null, Lane: null });

    public Task<IReadOnlyList<OutboxPause>> ListPausesAsync(CancellationToken cancellationToken = default) =>
        pauses.ListAsync(cancellationToken);

    private static OutboxEmail CreateItem(
        Email email, string? idempotencyKey, DateTimeOffset? sendAt, string? transporterName, OutboxPriority priority, string? lane,
        bool isOrdered, DateTimeOffset? expiresAt)
    {
        ArgumentNullException.ThrowIfNull(email);
        return new OutboxEmail(email)
        {
            IdempotencyKey = idempotencyKey,
            SendAt = sendAt,
            ExpiresAt = expiresAt,
            TransporterName = transporterName,
            Priority = priority,
            Lane = lane,
            IsOrdered = isOrdered,
        };
    }

    /// <summary>Stores emails.</summary>
    /// <returns>The ids; null if an email is not valid.</returns>
    private async Task<(CreatedRows Created, IReadOnlyList<Guid>? Ids)> AddAsync(
        IEnumerable<OutboxEmail> emails, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (transaction is not null)
            await ThrowIfUnusableAsync(transaction, cancellationToken).ConfigureAwait(false);
        // Before the database is used: an invalid email stores nothing, and reading attachments holds no lock.
        var created = await rows.CreateAsync(emails, cancellationToken).ConfigureAwait(false);
        if (created.Errors.Count > 0)
            return (created, null);
        await store.PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var added = await store.AddAsync(created.Rows, transaction, cancellationToken).ConfigureAwait(false);
        meter.AddEnqueued(added.Count(a => a.IsNew));
        return (created, [.. added.Select(a => a.Id)]);
    }

    private async Task<EmailFilter> CreateFilterAsync(OutboxQuery query, CancellationToken cancellationToken)
    {
        query.ThrowIfInvalid();
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await search.CreateFilterAsync(query, cancellationToken).ConfigureAwait(false);
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

    private async Task<bool> ActAsync(Guid id, DecisionKind kind, CancellationToken cancellationToken)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        EmailRow? before = null;
        while (await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row && kind.Allowed.Contains(row.State))
        {
            if (await actions.CarryOutAsync(kind.Decide(actions, row, null, null), cancellationToken).ConfigureAwait(false))
                return true;
            // A run has changed it meanwhile: read it again. If nothing has changed, the action is impossible.
            if (before is not null && (before.State, before.Generation) == (row.State, row.Generation))
                return false;
            before = row;
        }
        return false;
    }
}
