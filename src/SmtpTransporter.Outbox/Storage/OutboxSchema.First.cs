using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>The migration of version 1, and of the prerelease before it.</summary>
internal partial class OutboxSchema
{
    private static readonly string[] FirstIndexes = ["due", "unscheduled", "scheduled", "ended", "ask"];

    private const string Moved =
        "A later version of SmtpTransporter.Outbox has migrated the outbox. Update the package in this application, or stop it.";

    /// <summary>The table of the emails before version 2.</summary>
    private string First => Tables.InSchema(Tables.Prefix);

    /// <summary>
    /// The prerelease without a version had the tables of version 1 under other names. Whoever uses them locks that of the emails first.
    /// </summary>
    private string UnversionedSql =>
        $"""
        ALTER TABLE {First} RENAME COLUMN turn TO generation;
        ALTER TABLE {First} RENAME COLUMN tries TO attempts;
        ALTER TABLE {First} RENAME COLUMN placed_at TO scheduled_at;
        DROP INDEX {Tables.Qualify("unplaced")};
        DROP INDEX {Tables.Qualify("placed")};
        ALTER TABLE {Tables.Qualify("try")} RENAME TO {Tables.Name("attempt")};
        ALTER TABLE {Tables.Attempt} RENAME COLUMN mail_id TO email_id;
        DROP INDEX {Tables.Qualify("try_mail")};
        {AttemptIndex.CreateSql()}
        ALTER TABLE {Tables.Part} RENAME COLUMN octets TO content;
        ALTER TABLE {Tables.Qualify("use")} RENAME TO {Tables.Name("part_use")};
        ALTER TABLE {Tables.PartUse} RENAME COLUMN mail_id TO email_id;
        DROP INDEX {Tables.Qualify("use_part")};
        {PartUseIndex.CreateSql()}
        CREATE TABLE {Tables.Version} (version INTEGER NOT NULL);
        INSERT INTO {Tables.Version} (version) VALUES (1);
        """;

    /// <summary>
    /// Version 1 had the messages in the table of the emails, which was called as the prefix is, and the runs in the tables of a scheduler.
    /// Its processes may still run: an empty table in the place of the first one tells them to stop. What they are transmitting is parked,
    /// since they cannot record its outcome any more.
    /// </summary>
    private async Task MigrateFromFirstAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var scheduler = await ListSchedulerTablesAsync(transaction, cancellationToken).ConfigureAwait(false);
        await RunAsync(
            $"""
            ALTER TABLE {First} RENAME TO {Tables.Name("email")};
            {string.Concat(FirstIndexes.Select(name => $"DROP INDEX IF EXISTS {Tables.Qualify(name)};\n"))}
            ALTER TABLE {Tables.Email} ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE {Tables.Email} ADD COLUMN lane TEXT NOT NULL DEFAULT '';
            ALTER TABLE {Tables.Email} ADD COLUMN is_ordered INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE {Tables.Email} ADD COLUMN owner TEXT;
            ALTER TABLE {Tables.Email} ADD COLUMN takeovers INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE {Tables.Email} ADD COLUMN is_begun INTEGER NOT NULL DEFAULT 0;
            {AddSearchColumnSql}
            {AddStreamColumnSql}
            ALTER TABLE {Tables.Email} DROP COLUMN scheduled_at;
            {SequenceSql}
            UPDATE {Tables.Email} SET number = n.number
            FROM (SELECT id AS email_id, row_number() OVER (ORDER BY id) AS number FROM {Tables.Email}) AS n WHERE id = n.email_id;
            UPDATE {Tables.Email} SET owner = 'version 1' WHERE state = {StateCodes.Sending};
            """).ConfigureAwait(false);
        if (database.IsServer)
        {
            await RunAsync($"ALTER TABLE {Tables.Email} DROP CONSTRAINT {Tables.Name("idempotency_key_key")};").ConfigureAwait(false);
            await RunAsync($"SELECT setval('{Tables.NumberSequence}', (SELECT count(*) + 1 FROM {Tables.Email}));").ConfigureAwait(false);
        }
        await RunAsync(AdditionsSql).ConfigureAwait(false);
        await RunAsync($"INSERT INTO {Tables.Message} (email_id, content) SELECT id, message FROM {Tables.Email};").ConfigureAwait(false);
        await RunAsync($"ALTER TABLE {Tables.Email} DROP COLUMN message;").ConfigureAwait(false);
        if (scheduler.FirstOrDefault(t => t.EndsWith("_paused_trigger_grps", StringComparison.OrdinalIgnoreCase)) is { } paused)
        {
            await RunAsync($"INSERT INTO {Tables.Setting} (name, value) SELECT 'paused', 1 WHERE EXISTS (SELECT 1 FROM {paused});")
                .ConfigureAwait(false);
            await RunAsync(MovePauseSql).ConfigureAwait(false);
        }
        // The ones that refer to others first.
        foreach (var table in scheduler.OrderBy(t => t.EndsWith("_job_details", StringComparison.OrdinalIgnoreCase) ? 2
            : t.EndsWith("_qrtz_triggers", StringComparison.OrdinalIgnoreCase) ? 1 : 0))
        {
            await RunAsync($"DROP TABLE {table};").ConfigureAwait(false);
        }
        await RunAsync(TombstoneSql).ConfigureAwait(false);
        await RunAsync($"UPDATE {Tables.Version} SET version = {CurrentVersion};").ConfigureAwait(false);

        Task RunAsync(string sql) => connection.ExecuteAsync(sql, cancellationToken, transaction);
    }

    /// <summary>
    /// An empty table in the place of the first one: a process of version 1 finds nothing to send, and can store nothing.
    /// </summary>
    private string TombstoneSql =>
        $"""
        CREATE TABLE {First} (
            id TEXT, idempotency_key TEXT UNIQUE, transporter TEXT, priority INTEGER, state INTEGER, generation INTEGER, attempts INTEGER,
            created_at BIGINT, due_at BIGINT, scheduled_at BIGINT, expires_at BIGINT, ended_at BIGINT, worker TEXT, transmitting_at BIGINT,
            ask_at BIGINT, size BIGINT, is_protected INTEGER, envelope {types.Blob}, message {types.Blob},
            turn INTEGER, tries INTEGER, placed_at BIGINT);
        {(database.IsServer
            ? $"""
                CREATE FUNCTION {Tables.Qualify("moved")}() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE EXCEPTION '{Moved}'; END $$;
                CREATE TRIGGER {Tables.Name("moved")} BEFORE INSERT ON {First} FOR EACH ROW EXECUTE FUNCTION {Tables.Qualify("moved")}();
                """
            : $"CREATE TRIGGER {Tables.Name("moved")} BEFORE INSERT ON {First} BEGIN SELECT RAISE(ABORT, '{Moved}'); END;")}
        """;

    private Task<List<string>> ListSchedulerTablesAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        var sql = database.IsServer
            ? "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE @like "
                + $"AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '{Tables.Version}'::regclass)"
            : "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE @like";
        return transaction.Connection!.ListAsync(
            sql, reader => reader.GetString(0), cancellationToken, transaction, ("like", Tables.Prefix + "_qrtz_%"));
    }
}
