using System.Globalization;
using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The tables as the first version of the outbox made them in SQLite.</summary>
internal static class FirstVersion
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Turns the tables of the current version back into those of the first one, with some emails in other states.</summary>
    public static async Task RestoreAsync(string connectionString, params (Guid Id, int State)[] states)
    {
        await RunAsync(
            connectionString,
            """
            PRAGMA foreign_keys = OFF;
            CREATE TABLE smtp_outbox (
                id TEXT PRIMARY KEY, idempotency_key TEXT UNIQUE, transporter TEXT NOT NULL, priority INTEGER NOT NULL,
                state INTEGER NOT NULL, generation INTEGER NOT NULL, attempts INTEGER NOT NULL, created_at BIGINT NOT NULL, due_at BIGINT,
                scheduled_at BIGINT, expires_at BIGINT NOT NULL, ended_at BIGINT, worker TEXT, transmitting_at BIGINT, ask_at BIGINT,
                size BIGINT NOT NULL, is_protected INTEGER NOT NULL, envelope BLOB NOT NULL, message BLOB NOT NULL);
            INSERT INTO smtp_outbox SELECT e.id, idempotency_key, transporter, priority, state, generation, attempts, created_at, due_at,
                NULL, expires_at, ended_at, worker, transmitting_at, ask_at, size, is_protected, envelope, m.content
                FROM smtp_outbox_email e JOIN smtp_outbox_message m ON m.email_id = e.id;
            CREATE TABLE attempt_1 (
                email_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
                at BIGINT NOT NULL, number INTEGER NOT NULL, is_protected INTEGER NOT NULL, details BLOB NOT NULL);
            INSERT INTO attempt_1 SELECT email_id, at, number, is_protected, details FROM smtp_outbox_attempt;
            CREATE TABLE use_1 (
                email_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
                part_id TEXT NOT NULL REFERENCES smtp_outbox_part (id), PRIMARY KEY (email_id, part_id));
            INSERT INTO use_1 SELECT email_id, part_id FROM smtp_outbox_part_use;
            DROP TABLE smtp_outbox_attempt;
            DROP TABLE smtp_outbox_part_use;
            DROP TABLE smtp_outbox_message;
            DROP TABLE smtp_outbox_term;
            DROP TABLE smtp_outbox_secret;
            DROP TABLE smtp_outbox_worker;
            DROP TABLE smtp_outbox_setting;
            DROP TABLE smtp_outbox_pause;
            DROP TABLE smtp_outbox_suppression;
            DROP TABLE smtp_outbox_quota;
            DROP TABLE smtp_outbox_email;
            ALTER TABLE attempt_1 RENAME TO smtp_outbox_attempt;
            ALTER TABLE use_1 RENAME TO smtp_outbox_part_use;
            CREATE INDEX smtp_outbox_due ON smtp_outbox (state, due_at);
            CREATE INDEX smtp_outbox_unscheduled ON smtp_outbox (transporter, priority, due_at) WHERE scheduled_at IS NULL AND state = 0;
            CREATE INDEX smtp_outbox_scheduled ON smtp_outbox (transporter, priority) WHERE scheduled_at IS NOT NULL AND state = 0;
            CREATE INDEX smtp_outbox_ended ON smtp_outbox (state, ended_at);
            CREATE INDEX smtp_outbox_ask ON smtp_outbox (ask_at) WHERE ask_at IS NOT NULL;
            CREATE INDEX smtp_outbox_attempt_email ON smtp_outbox_attempt (email_id);
            CREATE INDEX smtp_outbox_part_use_part ON smtp_outbox_part_use (part_id);
            CREATE TABLE smtp_outbox_qrtz_job_details (
                sched_name TEXT NOT NULL, job_name TEXT NOT NULL, PRIMARY KEY (sched_name, job_name));
            CREATE TABLE smtp_outbox_qrtz_triggers (
                sched_name TEXT NOT NULL, trigger_name TEXT NOT NULL, job_name TEXT NOT NULL,
                FOREIGN KEY (sched_name, job_name) REFERENCES smtp_outbox_qrtz_job_details (sched_name, job_name));
            INSERT INTO smtp_outbox_qrtz_job_details VALUES ('smtp-outbox', 'send');
            INSERT INTO smtp_outbox_qrtz_triggers VALUES ('smtp-outbox', 'one.0', 'send');
            CREATE TABLE smtp_outbox_qrtz_paused_trigger_grps (sched_name TEXT NOT NULL, trigger_group TEXT NOT NULL);
            UPDATE smtp_outbox_version SET version = 1;
            """);
        foreach (var (id, state) in states)
        {
            await RunAsync(connectionString, string.Create(
                CultureInfo.InvariantCulture,
                $"""
                UPDATE smtp_outbox SET state = {state}, worker = 'old:1/1', transmitting_at = created_at,
                    ended_at = CASE WHEN {state} = 3 THEN created_at END
                WHERE id = '{id:N}'
                """));
        }
    }

    /// <summary>Turns the tables of the first version into those of the prerelease before it, which had no version.</summary>
    public static Task RenameToUnversionedAsync(string connectionString) => RunAsync(
        connectionString,
        """
        ALTER TABLE smtp_outbox RENAME COLUMN generation TO turn;
        ALTER TABLE smtp_outbox RENAME COLUMN attempts TO tries;
        ALTER TABLE smtp_outbox RENAME COLUMN scheduled_at TO placed_at;
        UPDATE smtp_outbox SET envelope = CAST(replace(CAST(envelope AS TEXT), '"Segments"', '"Pieces"') AS BLOB);
        DROP INDEX smtp_outbox_unscheduled;
        DROP INDEX smtp_outbox_scheduled;
        CREATE INDEX smtp_outbox_unplaced ON smtp_outbox (transporter, priority, due_at) WHERE placed_at IS NULL AND state = 0;
        CREATE INDEX smtp_outbox_placed ON smtp_outbox (transporter, priority) WHERE placed_at IS NOT NULL AND state = 0;
        ALTER TABLE smtp_outbox_attempt RENAME TO smtp_outbox_try;
        ALTER TABLE smtp_outbox_try RENAME COLUMN email_id TO mail_id;
        DROP INDEX smtp_outbox_attempt_email;
        CREATE INDEX smtp_outbox_try_mail ON smtp_outbox_try (mail_id);
        ALTER TABLE smtp_outbox_part RENAME COLUMN content TO octets;
        ALTER TABLE smtp_outbox_part_use RENAME TO smtp_outbox_use;
        ALTER TABLE smtp_outbox_use RENAME COLUMN email_id TO mail_id;
        DROP INDEX smtp_outbox_part_use_part;
        CREATE INDEX smtp_outbox_use_part ON smtp_outbox_use (part_id);
        DROP TABLE smtp_outbox_version;
        """);

    /// <summary>Stores the pause as the first version did.</summary>
    public static Task PauseAsync(string connectionString) => RunAsync(
        connectionString, "INSERT INTO smtp_outbox_qrtz_paused_trigger_grps VALUES ('smtp-outbox', 'smtp-outbox')");

    /// <summary>Stores an email as the first version did.</summary>
    public static Task EnqueueAsync(string connectionString) => RunAsync(
        connectionString,
        """
        INSERT INTO smtp_outbox (
            id, idempotency_key, transporter, priority, state, generation, attempts, created_at, due_at, expires_at, size, is_protected,
            envelope, message)
        VALUES ('x', NULL, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, x'00', x'00') ON CONFLICT (idempotency_key) DO NOTHING
        """);

    private static async Task RunAsync(string connectionString, string sql)
    {
        await using var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
