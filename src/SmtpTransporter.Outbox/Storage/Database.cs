using System.Data;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.Outbox;

/// <summary>The database of an outbox: how to open it, and what differs between the kinds. Thread-safe.</summary>
internal abstract class Database(DbProviderFactory factory, string connectionString, TableNames tables, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _preparing = new(1);
    private volatile bool _isPrepared;
    private long _answers;

    public TableNames Tables { get; } = tables;

    /// <summary>Whether several processes send as a cluster. Otherwise an open transaction may block all other writers.</summary>
    public abstract bool IsClustered { get; }

    /// <summary>Whether it is a server, with sequences, whose tables are created outside the transaction of a caller.</summary>
    public abstract bool IsServer { get; }

    /// <summary>
    /// The SQL for the time of the database in milliseconds since 1970, the same in the entire statement. A statement with it needs
    /// <see cref="NowParameter"/>.
    /// </summary>
    public abstract string Now { get; }

    /// <summary>The parameter of <see cref="Now"/> for a database without a clock of its own.</summary>
    public (string Name, object? Value) NowParameter => ("now", UnixTime.Write(Time.GetUtcNow()));

    /// <summary>The suffix of a SELECT that skips rows which another transaction is changing.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>
    /// The suffix of a SELECT of emails that waits for other transactions and keeps the rows. Transactions that take their rows in the
    /// order of the ids never wait for each other in a circle.
    /// </summary>
    public abstract string LockById { get; }

    /// <summary>
    /// The suffix of a SELECT that keeps the row from being removed until the transaction ends; several transactions may do so at once.
    /// </summary>
    public virtual string KeepFromDelete => "";

    /// <summary>The query that keeps the rows of emails until the transaction ends, in the order in which others take them too.</summary>
    public (string Sql, (string Name, object? Value)[] Parameters) LockEmails(IEnumerable<Guid> ids)
    {
        var source = List(ids);
        return ($"SELECT id FROM {Tables.Email} WHERE id IN ({source.Sql}) {LockById}", source.Parameters);
    }

    /// <summary>How many queries and transactions have succeeded: whether it grows tells whether the database can be used.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>The SQL function that returns the greatest of its arguments.</summary>
    public abstract string Greatest { get; }

    /// <summary>The smallest number of the ordered emails that are open in the lane of the parameters; null if there is none.</summary>
    public virtual string FirstOrdered =>
        $"""
        (SELECT min(number) FROM {Tables.Email}
        WHERE is_ordered = 1 AND state IN ({StateCodes.Open}) AND transporter = @transporter AND lane = @lane)
        """;

    protected DbProviderFactory Factory { get; } = factory;

    protected string ConnectionString { get; set; } = connectionString;

    protected TimeProvider Time { get; } = time;

    /// <summary>The connection string for statements that may take long.</summary>
    protected virtual string MigrationConnectionString => ConnectionString;

    /// <summary>The schema for this kind of database.</summary>
    public abstract OutboxSchema Schema { get; }

    /// <summary>The SQL for the time of the database in microseconds since 1970.</summary>
    protected abstract string NowMicroseconds { get; }

    /// <summary>The isolation of transactions; unspecified for the default of the session.</summary>
    protected virtual IsolationLevel Isolation => IsolationLevel.Unspecified;

    /// <summary>The query that returns whether a table exists, by its name.</summary>
    protected abstract string ExistsSql { get; }

    /// <summary>
    /// Reserves the next slot of a rate, which all machines share, and returns the wait until then in microseconds. One statement, so that
    /// no two callers get the same slot; the generic cell rate algorithm without bursts.
    /// </summary>
    public virtual string ReserveSlotSql =>
        $"""
        INSERT INTO {Tables.Rate} AS r (name, next_at) VALUES (@name, {NowMicroseconds} + @interval)
        ON CONFLICT (name) DO UPDATE SET next_at = {Greatest}(r.next_at, {NowMicroseconds}) + @interval
        RETURNING next_at - @interval - {NowMicroseconds}
        """;

    /// <summary>The statements of a queue in this kind of database.</summary>
    public abstract QueueTable CreateQueue(PayloadProtector protector);

    /// <summary>What checks the tables in this kind of database.</summary>
    public abstract SchemaInspector CreateInspector();

    /// <summary>What inserts emails into this kind of database.</summary>
    public abstract EmailInserter CreateInserter(PayloadProtector protector);

    /// <summary>The ids as what stands in the parentheses of IN.</summary>
    public virtual RowSource List(IEnumerable<Guid> ids)
    {
        var source = Table(new RowColumn("email_id", ids.Select(Ids.Text).ToArray()));
        return new RowSource($"SELECT u.email_id FROM {source.Sql}", source.Parameters);
    }

    /// <summary>The columns, which are texts, as a table <c>u</c> to select from.</summary>
    public abstract RowSource Table(params ReadOnlySpan<RowColumn> columns);

    /// <summary>The suffix of an INSERT that does nothing if its row exists.</summary>
    /// <param name="column">Any column of the table.</param>
    public virtual string UnlessExists(string column) => "ON CONFLICT DO NOTHING";

    /// <summary>The suffix of an INSERT that sets a column of the row with the same name, if there is one.</summary>
    public virtual string OrSet(string column) => $"ON CONFLICT (name) DO UPDATE SET {column} = excluded.{column}";

    /// <summary>
    /// The state, as the index of the lists has it: with a sum, so that the planner takes that index for no statement of the queue.
    /// </summary>
    public virtual string ListedState => "(state + 0)";

    /// <summary>The condition of the emails of a state, as a range of the index of the lists.</summary>
    /// <param name="state">The state.</param>
    /// <param name="bounds">Operators and values between which the ids are.</param>
    public virtual string ListedIn(string state, IEnumerable<(string Operator, string Value)> bounds) =>
        string.Concat(bounds.Select(b => $" AND id {b.Operator} {b.Value}").Prepend($"{ListedState} = {state}"));

    /// <summary>The order of the emails of a state in that index: that of their ids.</summary>
    /// <param name="direction"><c>ASC</c> or <c>DESC</c>.</param>
    public virtual string ListedOrder(string direction) => $"id {direction}";

    /// <summary>The statement that changes rows by a source of rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="set">The columns and their values.</param>
    /// <param name="source">The source, which has no column of a name that <paramref name="set"/> uses without its alias.</param>
    /// <param name="condition">Which of its rows belongs to which of the table.</param>
    public virtual string UpdateFrom(string table, string set, string source, string condition) =>
        $"UPDATE {table} SET {set} FROM {source} WHERE {condition}";

    /// <summary>Changes emails, and reads what has become of them.</summary>
    public virtual Task<List<T>> UpdateAsync<T>(
        DbTransaction transaction, EmailUpdate update, string columns, Func<DbDataReader, T> read, CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters) =>
        transaction.Connection!.ListAsync(update.ToSql(Tables, columns), read, cancellationToken, transaction, parameters);

    /// <summary>
    /// Whether an exception means that the database cannot be used now, or that it ended a transaction in favor of another one: the same
    /// may succeed later. Otherwise the database refuses the statement or its values.
    /// </summary>
    public abstract bool IsUnavailable(Exception exception);

    /// <summary>
    /// Whether an exception means that a statement took too long, perhaps because another transaction holds one of its rows.
    /// </summary>
    public virtual bool IsLockTimeout(Exception exception) => false;

    /// <summary>Lets no statement of a session wait long for a row that another transaction holds, if the database can do so.</summary>
    public virtual Task LimitLockWaitsAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Counts a query that has succeeded outside a transaction.</summary>
    public void CountAnswer() => Interlocked.Increment(ref _answers);

    /// <summary>
    /// Runs what is one transaction, again if the database ended it in favor of another one (a deadlock), or its
    /// tables have changed since the statement was prepared: nothing of it was committed then.
    /// </summary>
    /// <param name="run">Runs it. Its argument is whether it was ended before: then it locks its rows in the order of their ids.</param>
    public virtual Task<T> RepeatIfAbortedAsync<T>(Func<bool, Task<T>> run) => run(false);

    /// <summary>Makes sure that a transaction of the caller can write. It may wait for another one.</summary>
    /// <exception cref="InvalidOperationException">It never can; the message says why.</exception>
    public virtual Task EnsureWritableAsync(DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stores in a transaction of the caller, on whose connection nothing of the outbox's own settings holds.</summary>
    public virtual Task<T> InCallersTransactionAsync<T>(DbTransaction transaction, Func<DbTransaction, Task<T>> run) => run(transaction);

    /// <summary>Gives disk space back that a past load needed. To call every few seconds.</summary>
    public virtual Task CompactAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Leaves nothing of what was removed behind in the files, if the database can do so; later, if another program prevents it now.
    /// </summary>
    public virtual Task PurgeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What of the database slows the outbox down, for the health check; null if nothing does.</summary>
    /// <param name="after">How long something may take.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public abstract Task<DatabaseBurden?> FindBurdenAsync(TimeSpan after, CancellationToken cancellationToken);

    /// <summary>
    /// Whether a transaction of the caller belongs to this database. In another one the email would be stored, and never found.
    /// </summary>
    public abstract Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Tells other processes that emails wait. It never fails; a wake-up that is lost costs them one poll.</summary>
    public virtual void Announce()
    {
    }

    /// <summary>Tells other processes, when the caller's transaction is committed, that emails wait.</summary>
    public virtual Task AnnounceAsync(DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Listens to what other processes announce, until it is canceled. Returns at once if the database cannot tell.</summary>
    /// <param name="onWake">Called for each announcement.</param>
    /// <param name="onHealth">Called with whether announcements arrive, each time that changes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public virtual Task ListenAsync(Action onWake, Action<bool> onHealth, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Creates missing tables, or migrates those of an earlier version, once. If the version is current, it locks nothing.
    /// </summary>
    /// <param name="transaction">The caller's transaction, which may block other writers.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidOperationException">A later version of the package created the tables.</exception>
    public async Task PrepareAsync(DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (_isPrepared)
            return;
        if (transaction is not null && !IsServer)
        {
            // The caller's transaction holds the file: the statements join it, and see what it has made.
            var seen = await ReadVersionAsync(transaction.Connection!, transaction, cancellationToken).ConfigureAwait(false);
            await Schema.ApplyAsync(transaction, seen, cancellationToken).ConfigureAwait(false);
            return;
        }
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isPrepared)
                return;
            if (await ReadVersionAsync(cancellationToken).ConfigureAwait(false) != OutboxSchema.CurrentVersion)
                await MigrateAsync(cancellationToken).ConfigureAwait(false);
            await ConfigureSessionsAsync(cancellationToken).ConfigureAwait(false);
            _isPrepared = true;
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>
    /// Waits until this process may send, if only one process may. It may until the result is disposed, or the process ends.
    /// </summary>
    /// <param name="onWait">Called once if another process holds the lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The lock; null if every process may send.</returns>
    public virtual Task<SenderLock?> AcquireSenderLockAsync(Action<Exception> onWait, CancellationToken cancellationToken) =>
        Task.FromResult<SenderLock?>(null);

    /// <summary>Where the emails are.</summary>
    /// <param name="known">What the file of the sender lock says; null without one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if the database cannot tell.</returns>
    public virtual Task<DatabasePlace?> FindPlaceAsync(DatabasePlace? known, CancellationToken cancellationToken) =>
        Task.FromResult<DatabasePlace?>(null);

    public Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => OpenAsync(ConnectionString, cancellationToken);

    private async Task<DbConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = Factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await InitializeAsync(connection, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a few statements in a transaction of their own, possibly more than once.</summary>
    /// <exception cref="CommitUncertainException">The commit may have succeeded or not: its answer was lost.</exception>
    public async Task<T> InTransactionAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await InTransactionAsync(connection, run, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="InTransactionAsync{T}(Func{DbTransaction, Task{T}}, CancellationToken)"/>
    public virtual async Task<T> InTransactionAsync<T>(
        DbConnection connection, Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(Isolation, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var result = await run(transaction).ConfigureAwait(false);
            try
            {
                // Not canceled: whether it was committed would not be known.
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsUnavailable(exception) && !IsRolledBack(exception))
            {
                throw new CommitUncertainException(exception);
            }
            CountAnswer();
            return result;
        }
    }

    protected static long Hash(string text) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public virtual void Dispose() => _preparing.Dispose();

    /// <summary>Whether a connection is of the provider that makes those of the outbox.</summary>
    protected bool IsOwnKind(DbConnection connection) => DbProviderFactories.GetFactory(connection) == Factory;

    /// <summary>Whether an exception of a commit proves that nothing was committed.</summary>
    protected abstract bool IsRolledBack(Exception exception);

    /// <summary>Prepares a connection that was just opened.</summary>
    protected virtual Task InitializeAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sets what can only be set while the database has no tables. It changes nothing if it has some.</summary>
    protected virtual Task PrepareEmptyAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes sure that a commit survives a crash of the machine, whatever the defaults of the database are.</summary>
    protected abstract Task ConfigureSessionsAsync(CancellationToken cancellationToken);

    /// <summary>Locks out other processes that create or migrate the tables, until the transaction ends.</summary>
    protected abstract Task LockSchemaAsync(DbTransaction transaction, CancellationToken cancellationToken);

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(MigrationConnectionString, cancellationToken).ConfigureAwait(false);
        await using var disposal = connection.ConfigureAwait(false);
        await PrepareEmptyAsync(connection, cancellationToken).ConfigureAwait(false);
        await InTransactionAsync(
            connection,
            async transaction =>
            {
                await LockSchemaAsync(transaction, cancellationToken).ConfigureAwait(false);
                // Another process may have done it meanwhile.
                var version = await ReadVersionAsync(transaction.Connection!, transaction, cancellationToken).ConfigureAwait(false);
                await Schema.ApplyAsync(transaction, version, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the version of the tables; null if there are none.</summary>
    public async Task<int?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await ReadVersionAsync(connection, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the version of the tables; null if there are none.</summary>
    private async Task<int?> ReadVersionAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        var table = await connection.ScalarAsync(ExistsSql, cancellationToken, transaction, ("name", Tables.Version)).ConfigureAwait(false);
        if (table is null)
            return null;
        var version = await connection.ScalarAsync($"SELECT max(version) FROM {Tables.Version}", cancellationToken, transaction)
            .ConfigureAwait(false);
        return version is null ? null : Convert.ToInt32(version, System.Globalization.CultureInfo.InvariantCulture);
    }
}
