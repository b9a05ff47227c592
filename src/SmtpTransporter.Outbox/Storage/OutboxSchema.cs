namespace SmtpTransport.Outbox;

/// <summary>The outbox's own tables. They are made in one transaction: where the last thing is there, all is.</summary>
internal static class OutboxSchema
{
    /// <summary>What is made last.</summary>
    public const string Last = "smtp_outbox_ask";

    /// <param name="blob">The type of octets.</param>
    public static string Of(string blob) =>
        $"""
        CREATE TABLE IF NOT EXISTS smtp_outbox (
            id TEXT PRIMARY KEY,
            idempotency_key TEXT UNIQUE,
            transporter TEXT NOT NULL,
            priority INTEGER NOT NULL,
            state INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            tries INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            due_at BIGINT,
            placed_at BIGINT,
            expires_at BIGINT NOT NULL,
            ended_at BIGINT,
            worker TEXT,
            transmitting_at BIGINT,
            ask_at BIGINT,
            size BIGINT NOT NULL,
            is_protected INTEGER NOT NULL,
            envelope {blob} NOT NULL,
            message {blob} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_due ON smtp_outbox (state, due_at);
        CREATE INDEX IF NOT EXISTS smtp_outbox_unplaced ON smtp_outbox (transporter, priority, due_at) WHERE placed_at IS NULL AND state = 0;
        CREATE INDEX IF NOT EXISTS smtp_outbox_placed ON smtp_outbox (transporter, priority) WHERE placed_at IS NOT NULL AND state = 0;
        CREATE INDEX IF NOT EXISTS smtp_outbox_ended ON smtp_outbox (state, ended_at);
        CREATE TABLE IF NOT EXISTS smtp_outbox_try (
            mail_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            at BIGINT NOT NULL,
            number INTEGER NOT NULL,
            is_protected INTEGER NOT NULL,
            details {blob} NOT NULL);
        CREATE INDEX IF NOT EXISTS smtp_outbox_try_mail ON smtp_outbox_try (mail_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_part (
            id TEXT PRIMARY KEY,
            used_at BIGINT NOT NULL,
            octets {blob} NOT NULL);
        CREATE TABLE IF NOT EXISTS smtp_outbox_use (
            mail_id TEXT NOT NULL REFERENCES smtp_outbox (id) ON DELETE CASCADE,
            part_id TEXT NOT NULL REFERENCES smtp_outbox_part (id),
            PRIMARY KEY (mail_id, part_id));
        CREATE INDEX IF NOT EXISTS smtp_outbox_use_part ON smtp_outbox_use (part_id);
        CREATE TABLE IF NOT EXISTS smtp_outbox_rate (
            name TEXT PRIMARY KEY,
            next_at BIGINT NOT NULL);
        CREATE INDEX IF NOT EXISTS {Last} ON smtp_outbox (ask_at) WHERE ask_at IS NOT NULL;
        """;
}
