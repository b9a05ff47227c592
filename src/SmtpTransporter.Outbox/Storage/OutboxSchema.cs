namespace SmtpTransport.Outbox;

/// <summary>The outbox's own tables. They are created in one transaction: if <see cref="VersionTable"/> exists, all of them do.</summary>
internal static class OutboxSchema
{
    /// <summary>The version of the layout below. A change of the layout needs a migration and the next number.</summary>
    public const int Version = 1;

    /// <summary>The table with the version of the layout; created last.</summary>
    public const string VersionTable = "smtp_outbox_version";

    /// <summary>The statements that create what is missing.</summary>
    /// <param name="blobType">The SQL type of bytes.</param>
    public static string CreateSql(string blobType) =>
        $"""
        CREATE TABLE IF NOT EXISTS smtp_outbox (
            id TEXT PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            transporter TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            due_at BIGINT,
            scheduled_at BIGINT,
            expires_at BIGINT NOT NULL,
            ended_at BIGINT,
            worker TEXT,
            transmitting_at BIGINT,
            ask_at BIGINT,
            size BIGINT NOT NULL,
            is_protected INTEGER NOT NULL,
            envelope {blobType} NOT NULL,
            message {blobType} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_due ON smtp_outbox (state, due_at);
        CREATE INDEX IF NOT EXISTS smtp_outbox_unscheduled ON smtp_outbox (transporter, priority, due_at)
            WHERE scheduled_at IS NULL AND state = {StateCodes.Waiting};
        CREATE INDEX IF NOT EXISTS smtp_outbox_scheduled ON smtp_outbox (transporter, priority)
            WHERE scheduled_at IS NOT NULL AND state = {StateCodes.Waiting};
        CREATE INDEX IF NOT EXISTS smtp_outbox_ended ON smtp_outbox (state, ended_at);
        CREATE INDEX IF NOT EXISTS smtp_outbox_ask ON smtp_outbox (ask_at) WHERE ask_at IS NOT NULL;
        CREATE TABLE IF NOT EXISTS smtp_outbox_attempt (
            email_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            number INTEGER NOT NULL,
            is_protected INTEGER NOT NULL,
            details {blobType} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_attempt_email ON smtp_outbox_attempt (email_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_part (
            id TEXT PRIMARY KEY,
            used_at BIGINT NOT NULL,
            content {blobType} NOT NULL);
        CREATE TABLE IF NOT EXISTS smtp_outbox_part_use (
            email_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            part_id TEXT NOT NULL REFERENCES smtp_outbox_part (id),
            PRIMARY KEY (email_id, part_id));
        CREATE INDEX IF NOT EXISTS smtp_outbox_part_use_part ON smtp_outbox_part_use (part_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_rate (
            name TEXT PRIMARY KEY,
            next_at BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS {VersionTable} (version INTEGER NOT NULL);
        INSERT INTO {VersionTable} (version) SELECT {Version} WHERE NOT EXISTS (SELECT 1 FROM {VersionTable});
        """;
}
