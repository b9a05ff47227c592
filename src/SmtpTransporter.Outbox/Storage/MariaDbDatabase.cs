using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MySqlConnector;

namespace SmtpTransport.Outbox;

/// <summary>MariaDB, for many machines.</summary>
internal sealed class MariaDbDatabase : ClusteredDatabase
{
    // In seconds, the least that the server knows.
    private const int LockTimeout = 1;

    // In seconds: a machine that starts may wait for another one, which creates the tables.
    private const int MigrationTimeout = 600;

    // A part of a message, which may take twice its size within a statement.
    private const ulong MinPacket = 16 * 1024 * 1024;

    // ER_CHECKREAD, ER_TABLE_DEF_CHANGED: like a deadlock, they have ended the transaction.
    private const int RecordChanged = 1020;
    private const int TableChanged = 1412;

    // ER_SPECIFIC_ACCESS_DENIED_ERROR
    private const int ProcessDenied = 1227;

    // max_statement_time is over.
    private const int StatementTimeout = 1969;

    public MariaDbDatabase(
        MySqlConnectionStringBuilder connection, TableNames tables, TimeProvider time, DbProviderFactory? factory = null)
        : base(factory ?? MySqlConnectorFactory.Instance, WithLimits(connection), tables, time) => Schema = new MariaDbSchema(this);

    // UTC_TIMESTAMP is that of the start of the statement, and independent of the session's time zone.
    public override string Now => $"({NowMicroseconds} DIV 1000)";

    public override string KeepFromDelete => "LOCK IN SHARE MODE";

    /// <summary>One step in the index for each state: the least of several states would be searched among all of them.</summary>
    public override string FirstOrdered =>
        $"LEAST({string.Join(", ", StateCodes.Open.Split(", ").Select(state =>
            $"COALESCE((SELECT min(number) FROM {Tables.Email} WHERE is_ordered = 1 AND transporter = @transporter AND lane = @lane "
            + $"AND state = {state}), {long.MaxValue.ToString(CultureInfo.InvariantCulture)})"))})";

    public override string ReserveSlotSql =>
        $"""
        INSERT INTO {Tables.Rate} (name, next_at) VALUES (@name, {NowMicroseconds} + @interval)
        ON DUPLICATE KEY UPDATE next_at = greatest(next_at, {NowMicroseconds}) + @interval;
        SELECT next_at - @interval - {NowMicroseconds} FROM {Tables.Rate} WHERE name = @name
        """;

    public override OutboxSchema Schema { get; }

    protected override int MaxAttempts => 10;

    protected override string NowMicroseconds => "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

    protected override string ExistsSql =>
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = @name";

    // In the default, REPEATABLE READ, claims and inserts lock the gaps between rows, and wait for each other.
    protected override IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    protected override string MigrationConnectionString => new MySqlConnectionStringBuilder(ConnectionString)
    {
        DefaultCommandTimeout = MigrationTimeout,
        // The end of the session gives the lock of the schema back.
        Pooling = false,
    }.ConnectionString;

    public override QueueTable CreateQueue(PayloadProtector protector) => new MariaDbQueueTable(this, protector);

    public override SchemaInspector CreateInspector() => new MariaDbSchemaInspector(this);

    public override EmailInserter CreateInserter(PayloadProtector protector) => new MariaDbEmailInserter(this, protector);

    /// <summary>One parameter for each id: the primary key is searched for each, whatever the statistics say.</summary>
    public override RowSource List(IEnumerable<Guid> ids)
    {
        var parameters = ids.Select((id, i) => (Name: $"id{i.ToString(CultureInfo.InvariantCulture)}", Value: (object?)Ids.Text(id)))
            .ToArray();
        return new RowSource(parameters.Length == 0 ? "''" : string.Join(", ", parameters.Select(p => $"@{p.Name}")), parameters);
    }

    /// <summary>A query for each row. The server takes at most 65,535 parameters.</summary>
    public override RowSource Table(params ReadOnlySpan<RowColumn> columns)
    {
        var sql = new StringBuilder("(");
        var parameters = new List<(string, object?)>();
        for (var row = 0; row < columns[0].Values.Length; row++)
        {
            sql.Append(row == 0 ? "SELECT " : " UNION ALL SELECT ");
            for (var i = 0; i < columns.Length; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{columns[i].Name}{row}");
                // As in the tables, so that the rows can be joined with theirs.
                var collation = columns[i].Values.GetType() == typeof(string[]) ? " COLLATE utf8mb4_nopad_bin" : "";
                sql.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}@{name}{collation} AS {columns[i].Name}");
                parameters.Add((name, columns[i].Values.GetValue(row)));
            }
        }
        return new RowSource(sql.Append(") AS u").ToString(), [.. parameters]);
    }

    // It has no indexes of sums. The statements of the queue name their own.
    public override string ListedState => "state";

    public override string UpdateFrom(string table, string set, string source, string condition) =>
        $"UPDATE {table} JOIN {source} ON {condition} SET {set}";

    public override string UnlessExists(string column) => $"ON DUPLICATE KEY UPDATE {column} = {column}";

    public override string OrSet(string column) => $"ON DUPLICATE KEY UPDATE {column} = VALUES({column})";

    /// <summary>An UPDATE returns no rows: they are locked first, and read afterwards.</summary>
    public override async Task<List<T>> UpdateAsync<T>(
        DbTransaction transaction, EmailUpdate update, string columns, Func<DbDataReader, T> read, CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters)
    {
        var connection = transaction.Connection!;
        var ids = await connection.ListAsync(
            $"SELECT id FROM {Tables.Email} WHERE {update.Where} FOR UPDATE",
            reader => Ids.Parse(reader.GetString(0)), cancellationToken, transaction, parameters).ConfigureAwait(false);
        if (ids.Count == 0)
            return [];
        var source = List(ids);
        return await connection.ListAsync(
            $"""
            UPDATE {Tables.Email} SET {update.Set} WHERE id IN ({source.Sql});
            SELECT {columns} FROM {Tables.Email} WHERE id IN ({source.Sql})
            """,
            read, cancellationToken, transaction, [.. parameters, .. source.Parameters]).ConfigureAwait(false);
    }

    public override bool IsLockTimeout(Exception exception) => exception is MySqlException
    {
        ErrorCode: MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.CommandTimeoutExpired or MySqlErrorCode.QueryInterrupted
            or (MySqlErrorCode)StatementTimeout,
    };

    public override Task LimitLockWaitsAsync(DbConnection connection, CancellationToken cancellationToken) => connection.ExecuteAsync(
        $"SET SESSION innodb_lock_wait_timeout = {LockTimeout.ToString(CultureInfo.InvariantCulture)}", cancellationToken);

    /// <summary>
    /// A deadlock ends the transaction of the caller. If the caller goes on, each further statement would be committed by itself, whatever
    /// becomes of the transaction object.
    /// </summary>
    public override async Task EnsureWritableAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var isOpen = await transaction.Connection!.ScalarAsync("SELECT @@in_transaction", cancellationToken, transaction)
            .ConfigureAwait(false);
        if (Convert.ToInt32(isOpen, CultureInfo.InvariantCulture) == 0)
        {
            throw new InvalidOperationException(
                "MariaDB has ended the transaction, because of a deadlock or a statement that commits. Roll it back, and begin it again.");
        }
    }

    /// <summary>
    /// Errors of the client and the connection, of resources, locks and logins, a server that is read-only, and a table that is missing,
    /// or a right. Values, constraints and syntax fail again.
    /// </summary>
    protected override bool IsPassing(DbException error) => error is not MySqlException own || own.ErrorCode switch
    {
        MySqlErrorCode.NoSuchTable or MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied
            or MySqlErrorCode.DatabaseAccessDenied or MySqlErrorCode.UnknownDatabase or MySqlErrorCode.UserLimitReached => true,
        MySqlErrorCode.PacketTooLarge or MySqlErrorCode.TruncatedWrongValueForField or MySqlErrorCode.NoDefaultForField => false,
        _ => own.SqlState is not { Length: 5 } state || state[..2] is not ("21" or "22" or "23" or "42" or "45"),
    };

    protected override bool IsAborted(DbException error) => error is MySqlException
    {
        ErrorCode: MySqlErrorCode.LockDeadlock or (MySqlErrorCode)RecordChanged or (MySqlErrorCode)TableChanged,
    };

    protected override async Task<OldestTransaction?> FindOldestTransactionAsync(CancellationToken cancellationToken)
    {
        try
        {
            var oldest = await this.ListAsync(
                """
                SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) FROM information_schema.innodb_trx
                WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID()) ORDER BY trx_started LIMIT 1
                """,
                reader => (Process: Convert.ToUInt64(reader.GetValue(0), CultureInfo.InvariantCulture), Seconds: reader.GetInt64(1)),
                cancellationToken).ConfigureAwait(false);
            return oldest is not [var (process, seconds)] ? null : new OldestTransaction(
                process, TimeSpan.FromSeconds(seconds), $"A transaction of the connection {process} of MariaDB", $"KILL {process};");
        }
        catch (MySqlException exception) when (exception.ErrorCode == (MySqlErrorCode)ProcessDenied)
        {
            // Only a user with the right PROCESS sees it.
            return null;
        }
    }

    /// <summary>An error that proves it; whatever else a commit reports may mean that it was carried out.</summary>
    protected override bool IsRolledBack(Exception exception) => exception is MySqlException { ErrorCode: MySqlErrorCode.LockDeadlock };

    protected override Task InitializeAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        EnsureSupported(connection.ServerVersion);
        return Task.CompletedTask;
    }

    /// <summary>Refuses a server that lacks statements which the outbox needs, such as MySQL.</summary>
    /// <exception cref="InvalidOperationException">It is one.</exception>
    internal static void EnsureSupported(string version)
    {
        // Some write "5.5.5-" before it, for programs that know only versions of MySQL.
        var name = version.IndexOf("-MariaDB", StringComparison.OrdinalIgnoreCase);
        if (name <= 0 || !Version.TryParse(version[..name].Split('-')[^1], out var number) || number < new Version(10, 6))
            throw new InvalidOperationException($"The server has version {version}; the outbox needs MariaDB 10.6 or later.");
    }

    protected override async Task LockSchemaAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        // Two machines that start at once would both find that a table is missing.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{transaction.Connection!.Database}.{Tables.Prefix}")));
        var isLocked = await transaction.Connection!.ScalarAsync(
            "SELECT GET_LOCK(@key, @seconds)", cancellationToken, transaction, ("key", key[..60]), ("seconds", MigrationTimeout / 2))
            .ConfigureAwait(false);
        if (isLocked is null || Convert.ToInt32(isLocked, CultureInfo.InvariantCulture) != 1)
            throw new TimeoutException("Another process has been creating the tables of the outbox for five minutes.");
    }

    protected override async Task ConfigureSessionsAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var packet = await connection.ScalarAsync("SELECT @@max_allowed_packet", cancellationToken).ConfigureAwait(false);
            if (Convert.ToUInt64(packet, CultureInfo.InvariantCulture) < MinPacket)
            {
                throw new InvalidOperationException(
                    $"max_allowed_packet of the server is {packet}; the outbox needs at least {MinPacket}, the default of MariaDB.");
            }
        }
    }

    protected override async Task<string> IdentifyAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) =>
        (string)(await connection.ScalarAsync(
            "SELECT CONCAT_WS('|', @@hostname, @@port, @@socket, @@datadir, DATABASE())", cancellationToken, transaction)
            .ConfigureAwait(false))!;

    /// <summary>No statement waits forever, even if the server has vanished without a word; unless the caller decides otherwise.</summary>
    private static string WithLimits(MySqlConnectionStringBuilder connection)
    {
        var own = new MySqlConnectionStringBuilder(connection.ConnectionString) { UseAffectedRows = false };
        if (!own.Keys.Cast<string>().Contains("Default Command Timeout", StringComparer.OrdinalIgnoreCase))
            own.DefaultCommandTimeout = 15;
        if (own.ApplicationName.Length == 0)
            own.ApplicationName = "SmtpTransporter.Outbox";
        return own.ConnectionString;
    }
}
