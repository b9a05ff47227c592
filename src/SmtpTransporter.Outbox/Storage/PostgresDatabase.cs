using System.Data.Common;
using Npgsql;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>Many machines.</summary>
internal sealed class PostgresDatabase(NpgsqlConnectionStringBuilder connection) : Database(NpgsqlFactory.Instance, connection.ConnectionString)
{
    private const int MostTries = 5;

    private string? _identity;

    public override bool IsClustered => true;

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    protected override string Blob => "BYTEA";

    protected override string NowMicroseconds => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    protected override string Greatest => "greatest";

    protected override string ExistsSql => "SELECT to_regclass(@name)::text";

    protected override bool HasOneWriter => false;

    public override void UseIn(IPersistentStoreBuilder store) => store.UsePostgres(NpgsqlFactory.Instance, ConnectionString);

    public override async Task<bool> FitsAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction is not NpgsqlTransaction)
            return false;
        await PrepareAsync(transaction, cancellationToken).ConfigureAwait(false);
        var theirs = await IdentifyAsync(transaction.Connection!, transaction, cancellationToken).ConfigureAwait(false);
        if (theirs == _identity)
            return true;
        // It was not asked for yet, or the server was started again.
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            _identity = await IdentifyAsync(connection, null, cancellationToken).ConfigureAwait(false);
        return theirs == _identity;
    }

    /// <summary>What the database has given up for another's sake (a deadlock) is done again.</summary>
    public override async Task<T> InTransactionAsync<T>(Func<DbTransaction, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await base.InTransactionAsync(run, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (tries < MostTries && exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // Nothing of it was committed. Not at the same moment as the other one.
                await Task.Delay(Random.Shared.Next(10, 100), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The server that runs, the database and the very table, whatever names lead there.</summary>
    private static async Task<string> IdentifyAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) => (string)(await connection.ScalarAsync(
        "SELECT concat_ws('/', pg_postmaster_start_time(), current_database(), to_regclass('smtp_outbox')::oid)", cancellationToken, transaction).ConfigureAwait(false))!;

    protected override Task CreateAsync(CancellationToken cancellationToken) => InTransactionAsync(
        async transaction =>
        {
            // Two machines that start at once would both see that a table is missing.
            await transaction.Connection!.ExecuteAsync("SELECT pg_advisory_xact_lock(7246321)", cancellationToken).ConfigureAwait(false);
            return await transaction.Connection!.ExecuteAsync(Schema, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Where commits do not wait for the disk, those of the outbox do: what was promised, or was about to be sent, must be there after a crash.</summary>
    protected override async Task SettleAsync(CancellationToken cancellationToken)
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
}
