using System.Data.Common;
using System.Runtime.CompilerServices;

namespace SmtpTransport.Outbox;

/// <inheritdoc cref="IOutbox"/>
internal sealed class Outbox(
    OutboxOptions options, Database database, EmailTable table, OutboxStatistics numbers, Engine engine, Dispatcher feeder, EmailActions decisions, TransporterResolver transporters, OutboxMeter meter,
    TimeProvider time) : IOutbox
{
    private const int LongestKey = 200;

    public async Task<Guid> EnqueueAsync(
        Email email,
        string? idempotencyKey = null,
        DateTimeOffset? sendAt = null,
        string? transporterName = null,
        OutboxPriority priority = OutboxPriority.Normal,
        DbTransaction? transaction = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(email);
        var item = new OutboxEmail(email) { IdempotencyKey = idempotencyKey, SendAt = sendAt, TransporterName = transporterName, Priority = priority };
        return (await EnqueueManyAsync([item], transaction, cancellationToken).ConfigureAwait(false))[0];
    }

    public async Task<IReadOnlyList<Guid>> EnqueueManyAsync(IEnumerable<OutboxEmail> emails, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(emails);
        if (transaction is { Connection: null })
            throw new ArgumentException("The transaction is over; allowed: an open one on the outbox's database.", nameof(transaction));
        if (transaction is not null && !await database.FitsAsync(transaction, cancellationToken).ConfigureAwait(false))
        {
            throw new ArgumentException(
                $"The transaction is a {transaction.GetType().Name} on {transaction.Connection.DataSource} {transaction.Connection.Database}; allowed: one on the outbox's own database.",
                nameof(transaction));
        }
        // What is wrong with a mail is said before anything is stored; and the database is not kept waiting for attachments.
        var layout = new MessageLayout(options.EncryptAtRest);
        var rows = emails.Select(email => Write(email, layout)).ToList();
        await database.PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var added = transaction is null
            ? await database.InTransactionAsync(own => AddAsync(own, rows, cancellationToken), cancellationToken).ConfigureAwait(false)
            : await AddAsync(transaction, rows, cancellationToken).ConfigureAwait(false);
        meter.Enqueued(added.Count(a => a.IsNew));
        // Of a caller's transaction nobody knows when it is committed.
        if (transaction is null)
            feeder.Bell.Ring();
        return [.. added.Select(a => a.Id)];
    }

    public async Task<OutboxEntry?> GetAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await table.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row
            ? row.ToEntry(await table.HistoryAsync(id, cancellationToken).ConfigureAwait(false))
            : null;
    }

    public async IAsyncEnumerable<OutboxEntry> WatchAsync(Guid id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        (OutboxState, int, DateTimeOffset?, int)? seen = null;
        while (await GetAsync(id, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            if (seen != (entry.State, entry.AttemptCount, entry.DueAt, entry.History.Count))
                yield return entry;
            seen = (entry.State, entry.AttemptCount, entry.DueAt, entry.History.Count);
            if (entry.IsFinal)
                yield break;
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<OutboxEntry>> ListAsync(OutboxState? state = null, int limit = 100, Guid? before = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 1000);
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return [.. (await table.ListAsync(state, limit, before, cancellationToken).ConfigureAwait(false)).Select(row => row.ToEntry([]))];
    }

    public async Task<StoredMessage?> GetMessageAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await table.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row ? await table.ReadAsync(row, cancellationToken).ConfigureAwait(false) : null;
    }

    public async Task<OutboxCounts> CountAsync(CancellationToken cancellationToken = default)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await numbers.CountAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task<bool> CancelAsync(Guid id, CancellationToken cancellationToken = default) => DecideAsync(
        id, s => s is OutboxState.Waiting, row => decisions.EndAsync(row, OutboxState.Canceled, cancellationToken), cancellationToken);

    public Task<bool> ResendAsync(Guid id, CancellationToken cancellationToken = default) => DecideAsync(
        id, s => s is not (OutboxState.Sent or OutboxState.Sending), row => decisions.ResendAsync(row, cancellationToken), cancellationToken);

    public Task<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default) => DecideAsync(
        id, s => s is OutboxState.Unknown or OutboxState.DeadLettered, row => decisions.EndAsync(row, OutboxState.Discarded, cancellationToken), cancellationToken);

    public Task PauseAsync(CancellationToken cancellationToken = default) => engine.PauseAsync(cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken = default) => engine.ResumeAsync(cancellationToken);

    public Task<bool> IsPausedAsync(CancellationToken cancellationToken = default) => engine.IsPausedAsync(cancellationToken);

    private async Task<bool> DecideAsync(Guid id, Func<OutboxState, bool> fits, Func<EmailRow, Task<bool>> decide, CancellationToken cancellationToken)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        EmailRow? before = null;
        while (await table.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } row && fits(row.State))
        {
            if (await decide(row).ConfigureAwait(false))
                return true;
            // A run has changed it meanwhile: it is looked at again. Where nothing has changed, it cannot be done.
            if (before is not null && (before.State, before.Turn) == (row.State, row.Turn))
                return false;
            before = row;
        }
        return false;
    }

    private (EmailRow Row, SplitMessage Message) Write(OutboxEmail item, MessageLayout layout)
    {
        if (item.IdempotencyKey is { Length: > LongestKey or 0 } key)
            throw new ArgumentException($"idempotencyKey has {key.Length} characters; allowed: 1 to {LongestKey}.", nameof(item));
        if (!Enum.IsDefined(item.Priority))
            throw new ArgumentException($"priority is {item.Priority}; allowed: Low, Normal or High.", nameof(item));
        var name = item.TransporterName ?? "";
        if (options.EnableWorker && transporters.Find(name) is null)
            throw new ArgumentException(name.Length == 0 ? "There is no transporter: services.AddSmtpTransporter() is missing." : $"There is no transporter \"{name}\".", nameof(item));
        var stored = StoredMessage.FromEmail(item.Email, options.HeaderCharset, options.BodyCharset);
        var now = time.GetUtcNow();
        var due = item.SendAt is { } at && at > now ? at.ToUniversalTime() : now;
        var row = new EmailRow
        {
            Id = Guid.CreateVersion7(now),
            Key = item.IdempotencyKey,
            Transporter = name,
            Priority = item.Priority,
            State = OutboxState.Waiting,
            Turn = 0,
            Tries = 0,
            CreatedAt = now,
            DueAt = due,
            ExpiresAt = UnixTime.Later(due, options.ExpireAfter),
            Size = stored.Message.Length,
            IsProtected = options.EncryptAtRest,
            Envelope = new StoredEnvelope(
                stored.Sender, [.. stored.Recipients.Select(r => new StoredRecipient(r))], item.Email.Subject ?? "", stored.MessageId, stored.Notify, stored.EnvelopeId, []),
        };
        return (row, layout.Lay(stored.Message));
    }

    private async Task<(Guid Id, bool IsNew)[]> AddAsync(
        DbTransaction transaction, List<(EmailRow Row, SplitMessage Message)> emails, CancellationToken cancellationToken)
    {
        var added = new (Guid, bool)[emails.Count];
        // In the order of their keys: two calls with the same ones would wait for each other.
        foreach (var i in Enumerable.Range(0, emails.Count).OrderBy(i => emails[i].Row.Key, StringComparer.Ordinal))
            added[i] = await table.AddAsync(transaction, emails[i].Row, emails[i].Message, cancellationToken).ConfigureAwait(false);
        return added;
    }
}
