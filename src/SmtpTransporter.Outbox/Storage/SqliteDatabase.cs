using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>One machine: a file.</summary>
internal sealed class SqliteDatabase(SqliteConnectionStringBuilder connection)
    : Database(new PatientFactory(), new SqliteConnectionStringBuilder(connection.ConnectionString) { ForeignKeys = true }.ConnectionString), IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    private string? _path;

    public override bool IsClustered => false;

    // There is one writer at a time.
    public override string SkipLocked => "";

    protected override string Blob => "BLOB";

    protected override string NowMicroseconds => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

    protected override string Greatest => "max";

    protected override string ExistsSql => "SELECT name FROM sqlite_master WHERE name = @name";

    protected override bool HasOneWriter => true;

    public override void UseIn(IPersistentStoreBuilder store) => store.UseSqlite(Factory, ConnectionString);

    public override async Task<bool> FitsAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction is SqliteTransaction && transaction.Connection!.DataSource == (_path ??= await PathAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// By a lock on a file beside the database, which the system takes back when the process ends. A second sender would take the first one's runs, as
    /// it starts, for those of a process that has ended.
    /// </summary>
    public override async Task<IDisposable?> BecomeSenderAsync(TimeProvider time, Action<Exception> waits, CancellationToken cancellationToken)
    {
        if (await PathAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } path)
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
                    waits(exception);
            }
            await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => ((PatientFactory)Factory).Dispose();

    protected override async Task CreateAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("BEGIN IMMEDIATE;" + Schema + "COMMIT;", cancellationToken).ConfigureAwait(false);
    }

    protected override async Task SettleAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The whole path; empty for a database in memory.</summary>
    private async Task<string> PathAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return connection.DataSource;
    }

    private sealed class PatientFactory : DbProviderFactory, IDisposable
    {
        // The file has one writer at a time, and whoever waits at the file sleeps. Transactions of this process, the engine's too, wait here instead.
        private readonly SemaphoreSlim _writer = new(1);

        public override DbConnection CreateConnection() => new PatientConnection(_writer);

        public override DbCommand CreateCommand() => new SqliteCommand();

        public override DbParameter CreateParameter() => new SqliteParameter();

        public void Dispose() => _writer.Dispose();
    }

    /// <summary>
    /// Its commits are on the disk. Its first transaction waits for its turn among those of this process, and has it until the connection is closed; for
    /// another process it waits at the file, in short steps, as SQLite itself does.
    /// </summary>
    private sealed class PatientConnection(SemaphoreSlim writer) : SqliteConnection
    {
        // In milliseconds.
        private const int Patience = 20_000;

        private bool _isWriter;

        public override void Open()
        {
            base.Open();
            using var command = CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout = {Patience}; PRAGMA synchronous = FULL;";
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

        protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken)
        {
            // After the same time the file would be given up on as well.
            _isWriter = _isWriter || await writer.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            return await base.BeginDbTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
        }
    }
}
