using System.Data.Common;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>The database of an outbox: how it is opened, and what differs between the kinds. Safe for concurrent callers.</summary>
internal abstract class Database(DbProviderFactory factory, string connectionString)
{
    /// <summary>The prefix of the engine's tables.</summary>
    public const string EnginePrefix = "smtp_outbox_qrtz_";

    private volatile bool _isPrepared;

    protected DbProviderFactory Factory { get; } = factory;

    protected string ConnectionString { get; set; } = connectionString;

    /// <summary>Whether several processes take part in the sending as a cluster.</summary>
    public abstract bool IsClustered { get; }

    /// <summary>Passes over rows that another transaction is changing, behind a SELECT.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>The type of octets.</summary>
    protected abstract string Blob { get; }

    /// <summary>The time of the database in microseconds since 1970.</summary>
    protected abstract string NowMicroseconds { get; }

    protected abstract string Greatest { get; }

    /// <summary>Asks whether something of the schema is there, by its name.</summary>
    protected abstract string ExistsSql { get; }

    /// <summary>
    /// Takes the next place in the row of a rate: all machines share it. One statement, so that two cannot get the same place; the generic cell rate
    /// algorithm without bursts. Gives the wait until then, in microseconds.
    /// </summary>
    public string TakePlaceSql =>
        $"""
        INSERT INTO smtp_outbox_rate AS r (name, next_at) VALUES (@name, {NowMicroseconds} + @interval)
        ON CONFLICT (name) DO UPDATE SET next_at = {Greatest}(r.next_at, {NowMicroseconds}) + @interval
        RETURNING next_at - @interval - {NowMicroseconds}
        """;

    public abstract void UseIn(IPersistentStoreBuilder store);

    /// <summary>Whether a transaction of the caller's is on this very database: on another one the mail would be stored, and never found.</summary>
    public abstract Task<bool> FitsAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Makes what is missing, once. Where all is there, nothing is locked.</summary>
    /// <param name="transaction">The caller's, which may keep others from writing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task PrepareAsync(DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (_isPrepared)
            return;
        var isThere = await IsThereAsync(cancellationToken).ConfigureAwait(false);
        if (transaction is not null && HasOneWriter)
        {
            if (!isThere)
                await transaction.Connection!.ExecuteAsync(Schema, cancellationToken, transaction).ConfigureAwait(false);
            return;
        }
        if (!isThere)
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        _isPrepared = true;
    }

    /// <summary>Waits until this process may send, where only one may. It may until what it gets is disposed, or the process ends.</summary>
    /// <param name="time">For the wait.</param>
    /// <param name="waits">Called once, where it must wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public virtual Task<IDisposable?> BecomeSenderAsync(TimeProvider time, Action<Exception> waits, CancellationToken cancellationToken) => Task.FromResult<IDisposable?>(null);

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = Factory.CreateConnection()!;
        connection.ConnectionString = ConnectionString;
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a few statements in a transaction of its own, maybe more than once.</summary>
    public virtual async Task<T> InTransactionAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                var result = await run(transaction).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
        }
    }

    /// <summary>Whether an open transaction may keep all others from writing.</summary>
    protected abstract bool HasOneWriter { get; }

    /// <summary>Makes the tables that are missing.</summary>
    protected abstract Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>Makes sure that a commit is durable.</summary>
    protected abstract Task SettleAsync(CancellationToken cancellationToken);

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await connection.ScalarAsync(ExistsSql, cancellationToken, null, ("name", OutboxSchema.Last)).ConfigureAwait(false) is not null;
    }

    protected string Schema => OutboxSchema.Of(Blob);
}
