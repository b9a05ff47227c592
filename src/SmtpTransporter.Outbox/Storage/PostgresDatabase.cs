using System.Data.Common;
using System.Text;
using Npgsql;

namespace SmtpTransport.Outbox;

/// <summary>PostgreSQL, for many machines.</summary>
internal sealed class PostgresDatabase : ClusteredDatabase
{
    // More than there are statements.
    private const int MaxAutoPrepare = 100;

    // Below deadlock_timeout, whose default is one second; transactions of the outbox end sooner.
    private const string LockTimeout = "500ms";

    private readonly PostgresChannel _channel;
    private readonly PostgresHorizon _horizon;
    private volatile bool _mayReadCluster = true;

    public PostgresDatabase(
        NpgsqlConnectionStringBuilder connection, TableNames tables, TimeProvider time, DbProviderFactory? factory = null)
        : base(factory ?? NpgsqlFactory.Instance, WithLimits(connection), tables, time)
    {
        Schema = new OutboxSchema(this, SchemaTypes.WithText("BYTEA"));
        _horizon = new PostgresHorizon(this, time);
        _channel = new PostgresChannel(this, Hash($"{tables.Schema}.{tables.Prefix}"), time);
    }

    // Stable within the statement, so that it can be compared with an index.
    public override string Now => "(extract(epoch FROM statement_timestamp()) * 1000)::bigint";

    // What the check of the foreign key of a use takes anyway.
    public override string KeepFromDelete => "FOR KEY SHARE";

    public override OutboxSchema Schema { get; }

    protected override int MaxAttempts => 5;

    protected override string NowMicroseconds => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    protected override string ExistsSql => "SELECT to_regclass(@name)::text";

    public override QueueTable CreateQueue(PayloadProtector protector) => new PostgresQueueTable(this, protector);

    public override SchemaInspector CreateInspector() => new PostgresSchemaInspector(this);

    public override EmailInserter CreateInserter(PayloadProtector protector) => new PostgresEmailInserter(this, protector);

    /// <summary>
    /// Rows are compared, so that only the index of the lists has the order. The planner believes that the emails of a state are spread
    /// over all ids, and would look for the newest sent one in the index of the ids, behind a million that wait.
    /// </summary>
    public override string ListedIn(string state, IEnumerable<(string Operator, string Value)> bounds)
    {
        var all = bounds.ToList();
        if (!all.Exists(b => b.Operator[0] == '>'))
            all.Add((">", "''"));
        // An id has hexadecimal digits only.
        if (!all.Exists(b => b.Operator[0] == '<'))
            all.Add(("<", "'g'"));
        return string.Join(" AND ", all.Select(b => $"({ListedState}, id) {b.Operator} ({state}, {b.Value})"));
    }

    public override string ListedOrder(string direction) => $"{ListedState} {direction}, id {direction}";

    public override RowSource Table(params ReadOnlySpan<RowColumn> columns) => Rows(columns);

    /// <summary>The columns as a source of rows: one array for each column.</summary>
    public static RowSource Rows(params ReadOnlySpan<RowColumn> columns)
    {
        var parameters = new (string, object?)[columns.Length];
        var (names, arrays) = (new StringBuilder(), new StringBuilder());
        for (var i = 0; i < columns.Length; i++)
        {
            parameters[i] = ($"u_{columns[i].Name}", columns[i].Values);
            names.Append(i == 0 ? "" : ", ").Append(columns[i].Name);
            arrays.Append(i == 0 ? "@u_" : ", @u_").Append(columns[i].Name);
        }
        return new RowSource($"unnest({arrays}) AS u ({names})", parameters);
    }

    public override bool IsLockTimeout(Exception exception) => exception is NpgsqlException { InnerException: TimeoutException }
        or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled };

    /// <summary>Behind a pooler the session may serve others later: there only the time limit of a statement ends the wait.</summary>
    public override async Task LimitLockWaitsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (await IsDirectAsync(connection, cancellationToken).ConfigureAwait(false))
            await connection.ExecuteAsync($"SET lock_timeout = '{LockTimeout}'", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>By the cluster, the database and the very table: a dump that is restored makes new ones.</summary>
    public override async Task<DatabasePlace?> FindPlaceAsync(DatabasePlace? known, CancellationToken cancellationToken)
    {
        if (_mayReadCluster)
        {
            try
            {
                return await FindPlaceAsync("(SELECT system_identifier FROM pg_control_system())", cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // The server logs each attempt.
                _mayReadCluster = false;
            }
        }
        return await FindPlaceAsync("0", cancellationToken).ConfigureAwait(false);
    }

    public override void Announce() => _channel.Announce();

    public override Task AnnounceAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        _channel.AnnounceAsync(transaction, cancellationToken);

    public override Task ListenAsync(Action onWake, Action<bool> onHealth, CancellationToken cancellationToken) =>
        _channel.ListenAsync(onWake, onHealth, cancellationToken);

    /// <summary>Opens a connection outside the pool, which stays open for long.</summary>
    public async Task<NpgsqlConnection> OpenOwnAsync(CancellationToken cancellationToken)
    {
        var own = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, KeepAlive = 10 };
        var connection = new NpgsqlConnection(own.ConnectionString);
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

    public override void Dispose()
    {
        _channel.Dispose();
        base.Dispose();
    }

    // A large outbox takes its time.
    protected override string MigrationConnectionString =>
        new NpgsqlConnectionStringBuilder(ConnectionString) { CommandTimeout = 0 }.ConnectionString;

    /// <summary>
    /// Errors of the connection and the classes 08 (connection), 28 (login), 3D (database), 40 (rolled back), 53 (resources), 55 (locks),
    /// 57 (intervention), 58 (system) and XX (internal); a server that is read-only; and a table that is missing, or a right, while someone
    /// works at it.
    /// </summary>
    protected override bool IsPassing(DbException error) => error is not PostgresException own
        || own.SqlState[..2] is "08" or "28" or "3D" or "40" or "53" or "55" or "57" or "58" or "XX"
        || own.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InsufficientPrivilege;

    // The last one: a column has another type than when the session prepared the statement.
    protected override bool IsAborted(DbException error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.FeatureNotSupported,
    };

    protected override Task<OldestTransaction?> FindOldestTransactionAsync(CancellationToken cancellationToken) =>
        _horizon.FindOldestAsync(cancellationToken);

    /// <summary>An error that the server reports was its decision; a lost connection says nothing.</summary>
    protected override bool IsRolledBack(Exception exception) => exception is PostgresException { SqlState: not ['5', '7', ..] };

    protected override async Task LockSchemaAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        // Two machines that start at once would both find that a table is missing.
        var key = Hash($"{Tables.Schema}.{Tables.Prefix}.schema");
        await transaction.Connection!.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(@key)", cancellationToken, transaction, ("key", key)).ConfigureAwait(false);
    }

    /// <summary>
    /// Commits of the outbox wait for the disk even if the server's default is that they do not: a promise, and the start of a
    /// transmission, must survive a crash. And its statements see what others have committed: in a stricter isolation the database would
    /// refuse some of them. Statements are prepared once for each session, unless a pooler may give the next transaction another session.
    /// </summary>
    protected override async Task ConfigureSessionsAsync(CancellationToken cancellationToken)
    {
        var options = "";
        bool canPrepare;
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SHOW synchronous_commit", cancellationToken).ConfigureAwait(false) is "off")
                options += " -c synchronous_commit=on";
            if (await connection.ScalarAsync("SHOW default_transaction_isolation", cancellationToken).ConfigureAwait(false)
                is not "read committed")
            {
                options += @" -c default_transaction_isolation=read\ committed";
            }
            canPrepare = await IsDirectAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        canPrepare = canPrepare && !builder.IsGiven("Max Auto Prepare");
        if (options.Length == 0 && !canPrepare)
            return;
        if (canPrepare)
        {
            builder.MaxAutoPrepare = MaxAutoPrepare;
            // A plan is kept for a while, and the first one may be made while the tables are empty. What reads a whole table all the same
            // appears to be so expensive then that the server would compile it each time.
            options += " -c enable_seqscan=off -c jit=off";
        }
        builder.Options = $"{builder.Options}{options}".Trim();
        ConnectionString = builder.ConnectionString;
    }

    /// <summary>Whether the connection is the session's own: a pooler tells its clients process ids that it makes up.</summary>
    private static async Task<bool> IsDirectAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection is NpgsqlConnection own
        && await own.ScalarAsync("SELECT pg_backend_pid()", cancellationToken).ConfigureAwait(false) is int process
        && process == own.ProcessID;

    protected override async Task<string> IdentifyAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) =>
        (string)(await connection.ScalarAsync(
            "SELECT concat_ws('/', pg_postmaster_start_time(), current_database(), to_regclass(@name)::oid)",
            cancellationToken, transaction, ("name", Tables.Email)).ConfigureAwait(false))!;

    /// <param name="clusterSql">The number that a cluster has from its beginning, on standbys too; 0 if this role may not read it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    private async Task<DatabasePlace> FindPlaceAsync(string clusterSql, CancellationToken cancellationToken)
    {
        var parts = await this.ListAsync(
            $"""
            SELECT concat_ws(
                '/', {clusterSql}, (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass(@name)::oid)
            """,
            reader => reader.GetString(0), cancellationToken, ("name", Tables.Email)).ConfigureAwait(false);
        return new DatabasePlace(Hash(parts[0]), 0);
    }

    /// <summary>No statement waits forever, even if the server has vanished without a word; unless the caller decides otherwise.</summary>
    private static string WithLimits(NpgsqlConnectionStringBuilder connection)
    {
        var own = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        if (!own.IsGiven("Command Timeout"))
            own.CommandTimeout = 15;
        if (!own.IsGiven("Application Name"))
            own.ApplicationName = "SmtpTransporter.Outbox";
        return own.ConnectionString;
    }
}
