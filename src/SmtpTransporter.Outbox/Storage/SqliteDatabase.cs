using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>A SQLite file, for one machine.</summary>
internal sealed class SqliteDatabase(SqliteConnectionStringBuilder connection)
    : Database(new QueuedWriterFactory(), WithForeignKeys(connection)), IDisposable
{
    private static readonly TimeSpan LockPollInterval = TimeSpan.FromMilliseconds(500);

    private string? _path;

    public override bool IsClustered => false;

    // SQLite has one writer at a time.
    public override string SkipLocked => "";

    protected override string BlobType => "BLOB";

    protected override string NowMicroseconds => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

    protected override string Greatest => "max";

    protected override string ExistsSql => "SELECT name FROM sqlite_master WHERE name = @name";

    protected override bool HasOneWriter => true;

    public override void Configure(IPersistentStoreBuilder store) => store.UseSqlite(Factory, ConnectionString);

    public override async Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction is SqliteTransaction
        && transaction.Connection!.DataSource == (_path ??= await GetPathAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Locks a file beside the database; the operating system releases the lock when the process ends. A second sender would, when it
    /// starts, treat the runs of the first one as those of a process that has ended.
    /// </summary>
    public override async Task<IDisposable?> AcquireSenderLockAsync(
        TimeProvider time, Action<Exception> onWait, CancellationToken cancellationToken)
    {
        if (await GetPathAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } path)
            return null;
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return new FileStream(path + "-sender", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (isFirst)
                    onWait(exception);
            }
            await Task.Delay(LockPollInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => ((QueuedWriterFactory)Factory).Dispose();

    protected override async Task CreateAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("BEGIN IMMEDIATE;" + CreateSql + "COMMIT;", cancellationToken).ConfigureAwait(false);
    }

    protected override async Task EnsureDurableCommitsAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL", cancellationToken).ConfigureAwait(false);
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

    private sealed class QueuedWriterFactory : DbProviderFactory, IDisposable
    {
        // The file has one writer at a time, and SQLite's own way to wait for it is to sleep. Transactions of this process, the engine's
        // included, wait here instead.
        private readonly SemaphoreSlim _writer = new(1);

        public override DbConnection CreateConnection() => new QueuedWriterConnection(_writer);

        public override DbCommand CreateCommand() => new SqliteCommand();

        public override DbParameter CreateParameter() => new SqliteParameter();

        public void Dispose() => _writer.Dispose();
    }

    /// <summary>
    /// Its commits reach the disk. Its first transaction waits until no other connection of this process writes, and holds that right until
    /// the connection is closed; for another process it polls the file, as SQLite itself does.
    /// </summary>
    private sealed class QueuedWriterConnection(SemaphoreSlim writer) : SqliteConnection
    {
        // In milliseconds.
        private const int WriterTimeout = 20_000;

        private bool _isWriter;

        public override void Open()
        {
            base.Open();
            using var command = CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {WriterTimeout}; PRAGMA synchronous = FULL;";
            command.ExecuteNonQuery();
        }

        public override void Close()
        {
            try
            {
                base.Close();
            }
            finally
            {
                if (_isWriter)
                    writer.Release();
                _isWriter = false;
            }
        }

        protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(
            IsolationLevel isolationLevel, CancellationToken cancellationToken)
        {
            // After the same time the wait for the file would end as well.
            _isWriter = _isWriter || await writer.WaitAsync(WriterTimeout, cancellationToken).ConfigureAwait(false);
            return await base.BeginDbTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
        }
    }
}
