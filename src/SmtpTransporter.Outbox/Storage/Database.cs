using System.Data.Common;
using System.Globalization;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>The database of an outbox: how to open it, and what differs between the two kinds. Thread-safe.</summary>
internal abstract class Database(DbProviderFactory factory, string connectionString)
{
    private volatile bool _isPrepared;

    protected DbProviderFactory Factory { get; } = factory;

    protected string ConnectionString { get; set; } = connectionString;

    /// <summary>Whether several processes send as a cluster.</summary>
    public abstract bool IsClustered { get; }

    /// <summary>The suffix of a SELECT that skips rows which another transaction is changing.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>The SQL type of bytes.</summary>
    protected abstract string BlobType { get; }

    /// <summary>The SQL for the time of the database in microseconds since 1970.</summary>
    protected abstract string NowMicroseconds { get; }

    /// <summary>The SQL function that returns the greatest of its arguments.</summary>
    protected abstract string Greatest { get; }

    /// <summary>The query that returns whether a table exists, by its name.</summary>
    protected abstract string ExistsSql { get; }

    /// <summary>Whether an open transaction may block all other writers.</summary>
    protected abstract bool HasOneWriter { get; }

    /// <summary>
    /// Reserves the next slot of a rate, which all machines share, and returns the wait until then in microseconds. One statement, so that
    /// no two callers get the same slot; the generic cell rate algorithm without bursts.
    /// </summary>
    public string ReserveSlotSql =>
        $"""
        INSERT INTO smtp_outbox_rate AS r (name, next_at) VALUES (@name, {NowMicroseconds} + @interval)
        ON CONFLICT (name) DO UPDATE SET next_at = {Greatest}(r.next_at, {NowMicroseconds}) + @interval
        RETURNING next_at - @interval - {NowMicroseconds}
        """;

    protected string CreateSql => OutboxSchema.CreateSql(BlobType);

    /// <summary>Makes the engine use this database.</summary>
    public abstract void Configure(IPersistentStoreBuilder store);

    /// <summary>
    /// Whether a transaction of the caller belongs to this database. In another one the email would be stored, and never found.
    /// </summary>
    public abstract Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Creates missing tables, once. If all of them exist, it locks nothing.</summary>
    /// <param name="transaction">The caller's transaction, which may block other writers.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidOperationException">The tables have another layout than this version of the package expects.</exception>
    public async Task PrepareAsync(DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (_isPrepared)
            return;
        var exists = await ExistsAsync(cancellationToken).ConfigureAwait(false);
        if (transaction is not null && HasOneWriter)
        {
            if (!exists)
                await transaction.Connection!.ExecuteAsync(CreateSql, cancellationToken, transaction).ConfigureAwait(false);
            return;
        }
        if (!exists)
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        await EnsureDurableCommitsAsync(cancellationToken).ConfigureAwait(false);
        _isPrepared = true;
    }

    /// <summary>
    /// Waits until this process may send, if only one process may. It may until the result is disposed, or the process ends.
    /// </summary>
    /// <param name="time">Measures the wait.</param>
    /// <param name="onWait">Called once if another process holds the lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The lock; null if every process may send.</returns>
    public virtual Task<IDisposable?> AcquireSenderLockAsync(
        TimeProvider time, Action<Exception> onWait, CancellationToken cancellationToken) => Task.FromResult<IDisposable?>(null);

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

    /// <summary>Runs a few statements in a transaction of their own, possibly more than once.</summary>
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

    /// <summary>Creates the missing tables.</summary>
    protected abstract Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>Makes sure that a commit survives a crash of the machine.</summary>
    protected abstract Task EnsureDurableCommitsAsync(CancellationToken cancellationToken);

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var table = await connection.ScalarAsync(
                ExistsSql, cancellationToken, null, ("name", OutboxSchema.VersionTable)).ConfigureAwait(false);
            if (table is null)
                return false;
            var version = Convert.ToInt32(
                await connection.ScalarAsync($"SELECT version FROM {OutboxSchema.VersionTable}", cancellationToken).ConfigureAwait(false),
                CultureInfo.InvariantCulture);
            return version == OutboxSchema.Version ? true : throw new InvalidOperationException(
                $"The tables of the outbox have version {version}; this version of the package needs {OutboxSchema.Version}. "
                + "Use the package version that created them, or another database.");
        }
    }
}
