using Npgsql;

namespace SmtpTransport.Outbox;

/// <summary>
/// What keeps PostgreSQL from cleaning up: sessions, prepared transactions, and replication slots of standbys. Thread-safe.
/// </summary>
internal sealed class PostgresHorizon(Database database, TimeProvider time)
{
    private volatile Tuple<string, string, long>? _slot;

    /// <summary>The oldest of them; null if there is none.</summary>
    public async Task<OldestTransaction?> FindOldestAsync(CancellationToken cancellationToken)
    {
        var transaction = await FindTransactionAsync(cancellationToken).ConfigureAwait(false);
        var slot = await FindVisibleSlotAsync(cancellationToken).ConfigureAwait(false);
        return slot is null || transaction?.Age > slot.Value.Age ? transaction : slot;
    }

    /// <summary>
    /// A session with an old snapshot, or one that has written something; not the one that cleans up. Of other roles' sessions only a
    /// member of <c>pg_read_all_stats</c> sees it. A prepared transaction has no session any more, and outlives a restart of the server.
    /// </summary>
    private async Task<OldestTransaction?> FindTransactionAsync(CancellationToken cancellationToken)
    {
        var oldest = await database.ListAsync(
            """
            SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age, coalesce(application_name, ''), ''
            FROM pg_stat_activity
            WHERE coalesce(backend_xmin, backend_xid) IS NOT NULL AND xact_start IS NOT NULL AND datname = current_database()
                AND backend_type <> 'autovacuum worker' AND pid <> pg_backend_pid()
            UNION ALL SELECT 0, extract(epoch FROM clock_timestamp() - prepared)::float8, gid, quote_literal(gid)
            FROM pg_prepared_xacts WHERE database = current_database()
            ORDER BY age DESC LIMIT 1
            """,
            reader => (
                Process: reader.GetInt32(0), Age: TimeSpan.FromSeconds(reader.GetDouble(1)), Name: reader.GetString(2),
                Literal: reader.GetString(3)),
            cancellationToken).ConfigureAwait(false);
        return oldest switch
        {
            [(0, var age, var name, var literal)] => new OldestTransaction(
                name, age, $"The prepared transaction \"{name}\" of PostgreSQL", $"ROLLBACK PREPARED {literal}; (or COMMIT PREPARED)"),
            [var (process, age, application, _)] => new OldestTransaction(
                process, age, $"A transaction of process {process} of PostgreSQL (\"{application}\")",
                $"SELECT pg_terminate_backend({process});"),
            _ => null,
        };
    }

    /// <summary>A service may deny the view of the slots, or have none.</summary>
    private async Task<OldestTransaction?> FindVisibleSlotAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await FindSlotAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception)
            when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    }

    /// <summary>
    /// The slot with the oldest snapshot, which a standby has that sends feedback. What a slot keeps of the catalog alone concerns no table
    /// of the outbox. The server does not know since when: it is as old as this process has seen it.
    /// </summary>
    private async Task<OldestTransaction?> FindSlotAsync(CancellationToken cancellationToken)
    {
        var oldest = await database.ListAsync(
            """
            SELECT slot_name::text, xmin::text, quote_literal(slot_name) FROM pg_replication_slots
            WHERE xmin IS NOT NULL ORDER BY age(xmin) DESC LIMIT 1
            """,
            reader => (Name: reader.GetString(0), Snapshot: reader.GetString(1), Literal: reader.GetString(2)),
            cancellationToken).ConfigureAwait(false);
        if (oldest is not [var (name, snapshot, literal)])
        {
            _slot = null;
            return null;
        }
        if (_slot is not { } seen || (seen.Item1, seen.Item2) != (name, snapshot))
            _slot = seen = Tuple.Create(name, snapshot, time.GetTimestamp());
        return new OldestTransaction(
            name, time.GetElapsedTime(seen.Item3), $"The snapshot of the replication slot \"{name}\" of PostgreSQL",
            $"let its standby catch up, or, if that is gone for good, SELECT pg_drop_replication_slot({literal});");
    }
}
