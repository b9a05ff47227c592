using System.Data;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace SmtpTransport.Outbox;

/// <summary>A SQLite file, for one machine.</summary>
internal sealed partial class SqliteDatabase : Database
{
    // After this time a wait for the file ends with an exception.
    private static readonly TimeSpan WriterTimeout = TimeSpan.FromSeconds(20);

    // SQLITE_BUSY: another one writes.
    private const int Busy = 5;

    // SQLITE_BUSY_SNAPSHOT: the transaction has read, and another one has written since.
    private const int BusySnapshot = 517;

    // In bytes. The log grows while anyone reads in a transaction, and shrinks to this size when all of it is in the file.
    private const long MaxIdleLog = 16 * 1024 * 1024;

    // Another process may have removed something, and have been unable to empty the log.
    private static readonly TimeSpan MaxLogAge = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LockPollInterval = TimeSpan.FromMilliseconds(500);

    // The file has one writer at a time, and SQLite's own way to wait for it is to sleep. Transactions of this process wait here instead.
    private readonly SemaphoreSlim _writer = new(1);
    private string? _path;
    private volatile bool _owesPurge;
    private long _emptiedAt;

    public SqliteDatabase(
        SqliteConnectionStringBuilder connection, TableNames tables, TimeProvider time, DbProviderFactory? factory = null,
        bool isShared = false)
        : base(factory ?? SqliteFactory.Instance, WithForeignKeys(connection), tables, time)
    {
        Schema = new OutboxSchema(this, SchemaTypes.WithText("BLOB"));
        IsClustered = isShared;
        _emptiedAt = time.GetTimestamp();
    }

    /// <summary>The size of the log from which the health check tells of it, in bytes.</summary>
    public long MaxLog { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// False: a lock beside the file lets one process send at a time. True in tests, in which several processes without the lock do what
    /// they do on a database for many machines.
    /// </summary>
    public override bool IsClustered { get; }

    public override bool IsServer => false;

    // The process's clock is that of the machine.
    public override string Now => "@now";

    // SQLite has one writer at a time.
    public override string SkipLocked => "";

    // One transaction writes at a time.
    public override string LockById => "";

    public override string Greatest => "max";

    public override OutboxSchema Schema { get; }

    protected override string NowMicroseconds => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

    protected override string ExistsSql => "SELECT name FROM sqlite_master WHERE name = @name";

    public override QueueTable CreateQueue(PayloadProtector protector) => new SqliteQueueTable(this, protector);

    public override SchemaInspector CreateInspector() => new SqliteSchemaInspector(this);

    public override EmailInserter CreateInserter(PayloadProtector protector) => new SqliteEmailInserter(this, protector);

    public override RowSource Table(params ReadOnlySpan<RowColumn> columns) => Rows(columns);

    /// <summary>The columns as a source of rows: one parameter with JSON, an array for each row. SQLite has no arrays.</summary>
    public static RowSource Rows(params ReadOnlySpan<RowColumn> columns)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            for (var row = 0; row < columns[0].Values.Length; row++)
            {
                writer.WriteStartArray();
                foreach (var column in columns)
                    Write(writer, column.Values.GetValue(row));
                writer.WriteEndArray();
            }
            writer.WriteEndArray();
        }
        var select = new StringBuilder();
        for (var i = 0; i < columns.Length; i++)
        {
            var isBinary = columns[i].Values is byte[][];
            var value = isBinary ? $"unhex(value ->> {i})" : $"value ->> {i}";
            select.Append(i == 0 ? "" : ", ").Append(value).Append(" AS ").Append(columns[i].Name);
        }
        return new RowSource($"(SELECT {select} FROM json_each(@rows)) AS u", [("rows", Encoding.UTF8.GetString(json.ToArray()))]);

        static void Write(Utf8JsonWriter writer, object? value)
        {
            if (value is null)
                writer.WriteNullValue();
            else if (value is byte[] bytes)
                writer.WriteStringValue(Convert.ToHexString(bytes));
            else if (value is string text)
                writer.WriteStringValue(text);
            else
                writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A constraint, a value of a wrong type or one that is too large fails again; everything else may pass.</summary>
    public override bool IsUnavailable(Exception exception) => exception is CommitUncertainException or TimeoutException or IOException
        || exception is SqliteException { SqliteErrorCode: not (18 or 19 or 20 or 25) };

    public override async Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection is { } connection && IsOwnKind(connection)
        && connection.DataSource == (_path ??= await GetPathAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Locks a file beside the database; the operating system releases the lock when the process ends. The worker that has it knows that
    /// every other one has ended.
    /// </summary>
    public override async Task<SenderLock?> AcquireSenderLockAsync(Action<Exception> onWait, CancellationToken cancellationToken)
    {
        if (IsClustered || await GetPathAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } path)
            return null;
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return new SenderLock(new FileStream(path + "-sender", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (isFirst)
                    onWait(exception);
            }
            await Task.Delay(LockPollInterval, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>By the number in the file of the lock, which a copied database has not beside it, and by the path.</summary>
    public override async Task<DatabasePlace?> FindPlaceAsync(DatabasePlace? known, CancellationToken cancellationToken)
    {
        if (known is not { } file)
            return null;
        var path = await GetPathAsync(cancellationToken).ConfigureAwait(false);
        return file with { Number = Hash($"{file.Number}/{path}") };
    }

    public override async Task<T> InTransactionAsync<T>(
        DbConnection connection, Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        await EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await base.InTransactionAsync(connection, run, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>
    /// A deferred transaction that has read cannot write any more once another one has written. The provider would try it again until the
    /// command's time is over.
    /// </summary>
    public override async Task EnsureWritableAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var startedAt = Time.GetTimestamp();
        while (true)
        {
            var command = transaction.Connection!.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                var limit = command.CommandTimeout;
                // It takes the file's lock, and changes nothing.
                command.CommandText = $"UPDATE {Tables.Version} SET version = version WHERE version < 0";
                (command.Transaction, command.CommandTimeout) = (transaction, 1);
                try
                {
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (SqliteException exception) when (exception.SqliteExtendedErrorCode == BusySnapshot)
                {
                    throw new InvalidOperationException(
                        "The transaction has read from the database, and another one has written to it since: SQLite lets it write no "
                        + "more. Roll it back, and begin it as a write transaction: connection.BeginTransaction(deferred: false).",
                        exception);
                }
                catch (SqliteException exception) when (exception.SqliteErrorCode == Busy
                    && Time.GetElapsedTime(startedAt).TotalSeconds < limit)
                {
                    // Another one writes.
                }
            }
        }
    }

    /// <summary>
    /// What the outbox writes may move the rows of other emails within the file. Without the setting they would stay in the place that they
    /// leave, and no later removal would find them there.
    /// </summary>
    public override async Task<T> InCallersTransactionAsync<T>(DbTransaction transaction, Func<DbTransaction, Task<T>> run)
    {
        var connection = transaction.Connection!;
        var theirs = await connection.ScalarAsync("PRAGMA main.secure_delete", default, transaction).ConfigureAwait(false);
        if (theirs is 1L)
            return await run(transaction).ConfigureAwait(false);
        await SetAsync("ON").ConfigureAwait(false);
        try
        {
            return await run(transaction).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                if (connection.State == ConnectionState.Open)
                    await SetAsync(theirs is 2L ? "FAST" : "OFF").ConfigureAwait(false);
            }
            catch (InvalidOperationException)
            {
                // SQLite has rolled the transaction back, and what is thrown says why. More is overwritten than the caller asked for.
            }
        }

        Task SetAsync(string value) => connection.ScalarAsync($"PRAGMA main.secure_delete = {value}", default, transaction);
    }

    /// <summary>
    /// Empties a log that is larger than it needs to be, has what was removed or is old, unless someone reads or writes; and gives back
    /// what is free in the file, a bit each time.
    /// </summary>
    public override async Task CompactAsync(CancellationToken cancellationToken)
    {
        var size = await GetLogSizeAsync(cancellationToken).ConfigureAwait(false);
        if (_owesPurge || size > MaxIdleLog || (size > 0 && Time.GetElapsedTime(Interlocked.Read(ref _emptiedAt)) > MaxLogAge))
            await EmptyLogAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // What was removed is overwritten in the file first.
            if (!_owesPurge && await ShrinkAsync(cancellationToken).ConfigureAwait(false))
                await EmptyLogAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or SqliteException { SqliteErrorCode: Busy })
        {
            // Another program writes for long: the next time.
        }
    }

    /// <summary>Pages that are free are zeros already; the log has the pages as they were.</summary>
    public override async Task PurgeAsync(CancellationToken cancellationToken)
    {
        _owesPurge = true;
        await EmptyLogAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<DatabaseBurden?> FindBurdenAsync(TimeSpan after, CancellationToken cancellationToken)
    {
        var size = await GetLogSizeAsync(cancellationToken).ConfigureAwait(false);
        return size <= MaxLog ? null : new DatabaseBurden(
            $"SQLite's log ({_path}-wal) has {size / (1024 * 1024)} MB: a program reads the outbox's file in a transaction that does not "
            + "end.",
            new() { ["logBytes"] = size });
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }

    /// <summary>
    /// A commit that fails in SQLite leaves the transaction open, and it is rolled back. An input/output error leaves it unknown.
    /// </summary>
    protected override bool IsRolledBack(Exception exception) => exception is SqliteException { SqliteErrorCode: 5 or 6 or 13 or 19 };

    protected override async Task InitializeAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // Its commits reach the disk. Another process may hold the file.
        await connection.ExecuteAsync(
            $"PRAGMA busy_timeout = {(int)WriterTimeout.TotalMilliseconds}; PRAGMA synchronous = FULL; "
                // What is removed is overwritten with zeros.
                + $"PRAGMA journal_size_limit = {MaxIdleLog}; PRAGMA secure_delete = ON;",
            cancellationToken).ConfigureAwait(false);
    }

    protected override async Task PrepareEmptyAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // The tables of others in the file would go by it too, if the file was made with another kind of it.
        if (await connection.ScalarAsync("PRAGMA page_count", cancellationToken).ConfigureAwait(false) is 0L)
            await connection.ExecuteAsync("PRAGMA auto_vacuum = INCREMENTAL", cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ConfigureSessionsAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL", cancellationToken).ConfigureAwait(false);
    }

    // A transaction that writes has the file for itself.
    protected override Task LockSchemaAsync(DbTransaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EmptyLogAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        // Without a wait, in which nobody could write. The pool does not keep the setting: each use sets its own.
        await using (connection.ConfigureAwait(false))
        {
            await connection.ExecuteAsync("PRAGMA busy_timeout = 0", cancellationToken).ConfigureAwait(false);
            var isBusy = await connection.ScalarAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken).ConfigureAwait(false);
            if (isBusy is not 0L)
                return;
            _owesPurge = false;
            Interlocked.Exchange(ref _emptiedAt, Time.GetTimestamp());
        }
    }

    private async Task<long> GetLogSizeAsync(CancellationToken cancellationToken)
    {
        _path ??= await GetPathAsync(cancellationToken).ConfigureAwait(false);
        return new FileInfo(_path + "-wal") is { Exists: true } log ? log.Length : 0;
    }

    /// <summary>Waits for the turn of a transaction; no longer than the wait for the file would take.</summary>
    private async Task EnterWriterAsync(CancellationToken cancellationToken)
    {
        if (_writer.Wait(0, CancellationToken.None))
            return;
        using var timeout = new CancellationTokenSource(WriterTimeout, Time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await _writer.WaitAsync(waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"Another transaction of this process has held the outbox's file for {WriterTimeout.TotalSeconds} seconds.", exception);
        }
    }

    /// <summary>Returns the absolute path; empty for a database in memory.</summary>
    private async Task<string> GetPathAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return connection.DataSource;
    }

    private static string WithForeignKeys(SqliteConnectionStringBuilder connection) =>
        new SqliteConnectionStringBuilder(connection.ConnectionString) { ForeignKeys = true }.ConnectionString;
}
