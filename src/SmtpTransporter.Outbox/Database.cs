using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>The database of an outbox: how it is opened, and what differs between the kinds. Safe for concurrent callers.</summary>
internal abstract class Database(DbProviderFactory factory, string connectionString)
{
    /// <summary>The prefix of the engine's tables.</summary>
    public const string EnginePrefix = "smtp_outbox_qrtz_";

    protected DbProviderFactory Factory { get; } = factory;

    protected string ConnectionString { get; } = connectionString;

    /// <summary>Whether several processes take part in the sending as a cluster.</summary>
    public abstract bool IsClustered { get; }

    /// <summary>The type of octets.</summary>
    protected abstract string Blob { get; }

    /// <summary>The time of the database in microseconds since 1970.</summary>
    protected abstract string NowMicroseconds { get; }

    protected abstract string Greatest { get; }

    /// <summary>Passes over rows that another transaction is changing, behind a SELECT.</summary>
    public abstract string SkipLocked { get; }

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

    /// <summary>Whether a transaction of the caller's is on a database of this kind.</summary>
    public abstract bool Fits(DbTransaction transaction);

    /// <summary>Makes the tables that are missing.</summary>
    public abstract Task CreateAsync(CancellationToken cancellationToken);

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

    /// <summary>Runs a few statements in a transaction of its own.</summary>
    public async Task<T> InTransactionAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
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

    protected string Schema =>
        $"""
        CREATE TABLE IF NOT EXISTS smtp_outbox (
            id TEXT PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            transporter TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            is_ahead INTEGER NOT NULL,
            is_placed INTEGER NOT NULL,
            tries INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            due_at BIGINT,
            expires_at BIGINT NOT NULL,
            ended_at BIGINT,
            worker TEXT,
            transmitting_at BIGINT,
            size BIGINT NOT NULL,
            is_protected INTEGER NOT NULL,
            envelope {Blob} NOT NULL,
            message {Blob} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_due ON smtp_outbox (state, is_ahead, due_at);
        CREATE INDEX IF NOT EXISTS smtp_outbox_unplaced ON smtp_outbox (due_at) WHERE is_placed = 0;
        CREATE INDEX IF NOT EXISTS smtp_outbox_ended ON smtp_outbox (state, ended_at);
        CREATE TABLE IF NOT EXISTS smtp_outbox_try (
            mail_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            number INTEGER NOT NULL,
            is_protected INTEGER NOT NULL,
            details {Blob} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_try_mail ON smtp_outbox_try (mail_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_part (
            id TEXT PRIMARY KEY,
            used_at BIGINT NOT NULL,
            octets {Blob} NOT NULL);
        CREATE TABLE IF NOT EXISTS smtp_outbox_use (
            mail_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            part_id TEXT NOT NULL REFERENCES smtp_outbox_part (id),
            PRIMARY KEY (mail_id, part_id));
        CREATE INDEX IF NOT EXISTS smtp_outbox_use_part ON smtp_outbox_use (part_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_rate (
            name TEXT PRIMARY KEY,
            next_at BIGINT NOT NULL);
        """;
}

/// <summary>One machine: a file.</summary>
internal sealed class SqliteDatabase(SqliteConnectionStringBuilder connection)
    : Database(new PatientFactory(), new SqliteConnectionStringBuilder(connection.ConnectionString) { ForeignKeys = true }.ConnectionString), IDisposable
{
    public override bool IsClustered => false;

    protected override string Blob => "BLOB";

    protected override string NowMicroseconds => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

    protected override string Greatest => "max";

    // There is one writer at a time.
    public override string SkipLocked => "";

    public override void UseIn(IPersistentStoreBuilder store) => store.UseSqlite(Factory, ConnectionString);

    public override bool Fits(DbTransaction transaction) => transaction is SqliteTransaction;

    public override async Task CreateAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;" + Schema + "COMMIT;", cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => ((PatientFactory)Factory).Dispose();

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

        protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(System.Data.IsolationLevel isolationLevel, CancellationToken cancellationToken)
        {
            // After the same time the file would be given up on as well.
            _isWriter = _isWriter || await writer.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            return await base.BeginDbTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>Many machines.</summary>
internal sealed class PostgresDatabase(NpgsqlConnectionStringBuilder connection) : Database(NpgsqlFactory.Instance, connection.ConnectionString)
{
    public override bool IsClustered => true;

    protected override string Blob => "BYTEA";

    protected override string NowMicroseconds => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    protected override string Greatest => "greatest";

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    public override void UseIn(IPersistentStoreBuilder store) => store.UsePostgres(NpgsqlFactory.Instance, ConnectionString);

    public override bool Fits(DbTransaction transaction) => transaction is NpgsqlTransaction;

    public override Task CreateAsync(CancellationToken cancellationToken) => InTransactionAsync(
        async transaction =>
        {
            // Two machines that start at once would both see that a table is missing.
            await transaction.Connection!.ExecuteAsync("SELECT pg_advisory_xact_lock(7246321)", cancellationToken).ConfigureAwait(false);
            return await transaction.Connection!.ExecuteAsync(Schema, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);
}
