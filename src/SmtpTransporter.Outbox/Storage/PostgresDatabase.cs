using System.Data.Common;
using Npgsql;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>PostgreSQL, for many machines.</summary>
internal sealed class PostgresDatabase(NpgsqlConnectionStringBuilder connection)
    : Database(NpgsqlFactory.Instance, connection.ConnectionString)
{
    private const int MaxAttempts = 5;

    private string? _identity;

    public override bool IsClustered => true;

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    protected override string BlobType => "BYTEA";

    protected override string NowMicroseconds => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    protected override string Greatest => "greatest";

    protected override string ExistsSql => "SELECT to_regclass(@name)::text";

    protected override bool HasOneWriter => false;

    public override void Configure(IPersistentStoreBuilder store) => store.UsePostgres(NpgsqlFactory.Instance, ConnectionString);

    public override async Task<bool> IsSameDatabaseAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction is not NpgsqlTransaction)
            return false;
        await PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var theirs = await IdentifyAsync(transaction.Connection!, transaction, cancellationToken).ConfigureAwait(false);
        if (theirs == _identity)
            return true;
        // Ours is not known yet, or the server was restarted.
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            _identity = await IdentifyAsync(connection, null, cancellationToken).ConfigureAwait(false);
        return theirs == _identity;
    }

    /// <summary>Runs the transaction again if the database aborted it in favor of another one (a deadlock).</summary>
    public override async Task<T> InTransactionAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await base.InTransactionAsync(run, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (attempt < MaxAttempts
                && exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // Nothing of it was committed. Not at the same moment as the other one.
                await Task.Delay(Random.Shared.Next(10, 100), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    protected override Task CreateAsync(CancellationToken cancellationToken) => InTransactionAsync(
        async transaction =>
        {
            // Two machines that start at once would both find that a table is missing.
            await transaction.Connection!.ExecuteAsync("SELECT pg_advisory_xact_lock(7246321)", cancellationToken).ConfigureAwait(false);
            return await transaction.Connection!.ExecuteAsync(CreateSql, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>
    /// Commits of the outbox wait for the disk even if the server's default is that they do not: a promise, and the start of a
    /// transmission, must survive a crash.
    /// </summary>
    protected override async Task EnsureDurableCommitsAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await connection.ScalarAsync("SHOW synchronous_commit", cancellationToken).ConfigureAwait(false) is not "off")
                return;
        }
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        builder.Options = $"{builder.Options} -c synchronous_commit=on".Trim();
        ConnectionString = builder.ConnectionString;
    }

    /// <summary>The running server, the database and the very table, whatever names lead there.</summary>
    private static async Task<string> IdentifyAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) =>
        (string)(await connection.ScalarAsync(
            "SELECT concat_ws('/', pg_postmaster_start_time(), current_database(), to_regclass('smtp_outbox')::oid)",
            cancellationToken, transaction).ConfigureAwait(false))!;
}
