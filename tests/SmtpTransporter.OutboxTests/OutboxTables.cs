using System.Data.Common;
using System.Globalization;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>
/// The tables of an outbox, for what its public surface does not show and cannot cause: the one place in the tests with their names and
/// columns.
/// </summary>
internal sealed class OutboxTables(Func<DbConnection> connect)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>How many emails a worker holds.</summary>
    public Task<long> CountHeldAsync() => CountAsync("smtp_outbox_email WHERE owner IS NOT NULL AND state IN (0, 1)");

    /// <summary>Waits until a worker holds so many emails.</summary>
    public Task UntilHeldAsync(long count) => Poll.UntilAsync(async () => await CountHeldAsync() == count);

    /// <summary>The emails that workers hold, in the order in which they were stored.</summary>
    public async Task<List<Guid>> ListHeldAsync()
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        return await connection.ListAsync(
            "SELECT id FROM smtp_outbox_email WHERE owner IS NOT NULL AND state IN (0, 1) ORDER BY number",
            reader => Guid.ParseExact(reader.GetString(0), "N"), Cancellation);
    }

    /// <summary>As if the worker that held all emails had ended.</summary>
    public Task SuspectAsync() => ExecuteAsync("UPDATE smtp_outbox_email SET takeovers = 1");

    /// <summary>As if processes that waited for a rate had ended, and each had taken a slot with it.</summary>
    public Task PostponeRatesAsync(TimeSpan delay) => ExecuteAsync(
        $"UPDATE smtp_outbox_rate SET next_at = next_at + {((long)delay.TotalMicroseconds).ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Whether a transaction that writes keeps all others from writing.</summary>
    public bool LocksAll => connect() is Microsoft.Data.Sqlite.SqliteConnection;

    /// <summary>Makes a connection, which is closed.</summary>
    public DbConnection Connect() => connect();

    /// <summary>Turns the tables of version 5 back into those of version 4.</summary>
    public Task RestoreFourthVersionAsync() => ExecuteAsync(
        """
        DROP TABLE smtp_outbox_suppression;
        ALTER TABLE smtp_outbox_email DROP COLUMN stream;
        UPDATE smtp_outbox_version SET version = 4;
        """);

    /// <summary>Turns the tables of version 5 back into those of version 3.</summary>
    public Task RestoreThirdVersionAsync(bool isPaused) => ExecuteAsync(
        $"""
        DROP TABLE smtp_outbox_suppression;
        ALTER TABLE smtp_outbox_email DROP COLUMN stream;
        DROP TABLE smtp_outbox_pause;
        ALTER TABLE smtp_outbox_worker DROP COLUMN revision;
        DROP INDEX smtp_outbox_email_state{(connect() is MySqlConnector.MySqlConnection ? " ON smtp_outbox_email" : "")};
        DELETE FROM smtp_outbox_setting WHERE name = 'paused';
        INSERT INTO smtp_outbox_setting (name, value) VALUES ('paused', {(isPaused ? 1 : 0)});
        UPDATE smtp_outbox_version SET version = 3;
        """);

    /// <summary>Whether the sending is paused, as a process of version 3 sees it.</summary>
    public async Task<bool> IsPausedForThirdVersionAsync() =>
        await CountAsync("smtp_outbox_setting WHERE name = 'paused' AND value = 1") > 0;

    /// <summary>Drops the index of the emails that workers hold.</summary>
    public Task DropHeldIndexAsync() => ExecuteAsync("DROP INDEX smtp_outbox_email_held");

    /// <summary>Runs what a finding says.</summary>
    public Task MendAsync(string statement) => ExecuteAsync(statement);

    /// <summary>Waits until a worker holds an email.</summary>
    public Task UntilClaimedAsync(Guid id) =>
        Poll.UntilAsync(async () => await CountAsync($"smtp_outbox_email WHERE id = '{id:N}' AND owner IS NOT NULL") > 0);

    /// <summary>Adds the row of a worker; one of an earlier version has no revision.</summary>
    public Task AddWorkerAsync(string token, long? revision) => ExecuteAsync(
        $"""
        INSERT INTO smtp_outbox_worker (token, name, beat, beat_at, revision)
        VALUES ('{token}', '{token}', 0, 0, {revision?.ToString(CultureInfo.InvariantCulture) ?? "NULL"})
        """);

    /// <summary>Increases the counter of a worker.</summary>
    public Task BeatAsync(string token) => ExecuteAsync($"UPDATE smtp_outbox_worker SET beat = beat + 1 WHERE token = '{token}'");

    /// <summary>Lets a worker hold all emails that has no row any more.</summary>
    public Task HoldAsync() => ExecuteAsync("UPDATE smtp_outbox_email SET owner = 'gone', generation = generation + 1");

    /// <summary>Lets a worker claim an email.</summary>
    public Task HoldAsync(Guid id, string worker) =>
        ExecuteAsync($"UPDATE smtp_outbox_email SET owner = '{worker}', generation = generation + 1 WHERE id = '{id:N}'");

    /// <summary>Lets a worker hold an email that has no row any more; the database refuses to take a broken one from it.</summary>
    public async Task HoldByAsync(Guid id, string worker, bool isBroken)
    {
        await ExecuteAsync($"UPDATE smtp_outbox_email SET owner = '{worker}' WHERE id = '{id:N}'");
        if (isBroken)
        {
            await ExecuteAsync(
                $"CREATE TRIGGER broken_{worker} BEFORE UPDATE ON smtp_outbox_email WHEN OLD.owner = '{worker}' "
                + "BEGIN SELECT RAISE(ABORT, 'broken'); END");
        }
    }

    /// <summary>Starts the transmission of all emails an hour ago, in a worker that has no row any more.</summary>
    public Task HoldTransmittingAsync(string worker) => ExecuteAsync(
        $"UPDATE smtp_outbox_email SET owner = 'gone', state = 1, worker = '{worker}', transmitting_at = created_at - 3600000");

    /// <summary>Writes the file of SQLite, as it is now, to another one.</summary>
    public Task BackUpAsync(string path) => ExecuteAsync($"VACUUM INTO '{path}'");

    /// <summary>Ends all emails that wait, an hour after each was enqueued.</summary>
    public Task EndAsync(OutboxState state) => ExecuteAsync(
        $"UPDATE smtp_outbox_email SET state = {(int)state}, due_at = NULL, ended_at = created_at + 3600000 WHERE state = 0");

    /// <summary>Gives the planner the statistics that the database makes sooner or later.</summary>
    public Task AnalyzeAsync() => ExecuteAsync(
        connect() is MySqlConnector.MySqlConnection ? "ANALYZE TABLE smtp_outbox_email, smtp_outbox_term" : "ANALYZE");

    /// <summary>Parks all emails that wait.</summary>
    public Task ParkAsync() => ExecuteAsync(
        "UPDATE smtp_outbox_email SET state = 4, due_at = NULL, worker = 'gone', transmitting_at = created_at WHERE state = 0");

    /// <summary>As if an earlier version had stored the emails, which knew no index by recipient.</summary>
    public async Task ForgetTermsAsync()
    {
        await ExecuteAsync("DELETE FROM smtp_outbox_term");
        await ExecuteAsync("UPDATE smtp_outbox_email SET search = 0");
    }

    /// <summary>Brings the tables back to version 2.</summary>
    public async Task RestoreVersion2Async()
    {
        await RestoreThirdVersionAsync(isPaused: false);
        await ExecuteAsync("DROP TABLE smtp_outbox_term");
        await ExecuteAsync("DROP TABLE smtp_outbox_secret");
        await ExecuteAsync("DROP INDEX smtp_outbox_email_search");
        await ExecuteAsync("ALTER TABLE smtp_outbox_email DROP COLUMN search");
        await SetVersionAsync(2);
    }

    /// <summary>Makes all that has ended older than any retention period.</summary>
    public Task MakeOldAsync() => ExecuteAsync("UPDATE smtp_outbox_email SET ended_at = 0 WHERE ended_at IS NOT NULL");

    /// <summary>As if all that has ended had ended earlier.</summary>
    public Task EndEarlierAsync(TimeSpan by) => ExecuteAsync(
        $"UPDATE smtp_outbox_email SET ended_at = ended_at - {(long)by.TotalMilliseconds} WHERE ended_at IS NOT NULL");

    /// <summary>How many messages are stored.</summary>
    public Task<long> CountMessagesAsync() => CountAsync("smtp_outbox_message");

    /// <summary>Everything that the tables contain, as one text; bytes as they are.</summary>
    public Task<string> ReadAllAsync() => ReadAsync(
        "email", "message", "attempt", "part", "part_use", "term", "secret", "rate", "worker", "setting", "pause", "suppression");

    /// <summary>Everything that some tables contain, as one text; bytes as they are.</summary>
    public async Task<string> ReadAsync(params string[] tables)
    {
        var text = new System.Text.StringBuilder();
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        foreach (var table in tables)
        {
            await connection.ListAsync(
                $"SELECT * FROM smtp_outbox_{table}",
                reader =>
                {
                    for (var i = 0; i < reader.FieldCount; i++)
                    {
                        var value = reader.GetValue(i);
                        text.Append(value is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : value).Append('\n');
                    }
                    return true;
                },
                Cancellation);
        }
        return text.ToString();
    }

    /// <summary>The plan of a statement.</summary>
    public async Task<string> ExplainAsync(string sql, params (string, object?)[] parameters)
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        var (kind, column) = connection switch
        {
            Microsoft.Data.Sqlite.SqliteConnection => ("QUERY PLAN ", 3),
            MySqlConnector.MySqlConnection => ("FORMAT=JSON ", 0),
            _ => ("", 0),
        };
        var plan = await connection.ListAsync(
            $"EXPLAIN {kind}{sql}", reader => reader.GetString(column), Cancellation, null, parameters);
        return string.Join('\n', plan);
    }

    /// <summary>Removes the pause while no outbox runs.</summary>
    public Task RemovePauseAsync() => ExecuteAsync("DELETE FROM smtp_outbox_pause");

    /// <summary>Makes the emails of a priority due.</summary>
    public Task MakeDueAsync(OutboxPriority priority) =>
        ExecuteAsync($"UPDATE smtp_outbox_email SET due_at = created_at WHERE priority = {(int)priority}");

    /// <summary>Waits until an email stays parked by decision.</summary>
    public Task UntilKeptParkedAsync() =>
        Poll.UntilAsync(async () => await CountAsync("smtp_outbox_email WHERE state = 4 AND ask_at IS NULL") > 0);

    /// <summary>When the application may be asked about the only email.</summary>
    public async Task<DateTimeOffset> GetAskTimeAsync() =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)(await ScalarAsync("SELECT ask_at FROM smtp_outbox_email"))!);

    /// <summary>Waits until the only email was claimed and given back.</summary>
    public Task UntilReleasedAsync() =>
        Poll.UntilAsync(async () => await CountAsync("smtp_outbox_email WHERE generation > 1 AND owner IS NULL") > 0);

    /// <summary>Cuts the stored envelope of an email.</summary>
    public Task DamageEnvelopeAsync(Guid id) =>
        ExecuteAsync($"UPDATE smtp_outbox_email SET envelope = substr(envelope, 1, 5) WHERE id = '{id:N}'");

    /// <summary>Cuts the stored message of an email.</summary>
    public Task DamageMessageAsync(Guid id) =>
        ExecuteAsync($"UPDATE smtp_outbox_message SET content = substr(content, 1, 50) WHERE email_id = '{id:N}'");

    /// <summary>Sets which number the next email gets at least.</summary>
    public Task SetNextNumberAsync(long number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        // SQLite takes the one after the greatest: that of a canceled email.
        return ExecuteAsync(connect() is Microsoft.Data.Sqlite.SqliteConnection
            ? "INSERT INTO smtp_outbox_email (id, number, transporter, priority, state, generation, attempts, created_at, expires_at, "
                + $"size, is_protected, envelope) VALUES ('{Guid.NewGuid():N}', {text} - 1, '', 0, 5, 0, 0, 0, 0, 0, 0, x'00')"
            : $"ALTER SEQUENCE smtp_outbox_number RESTART WITH {text}");
    }

    /// <summary>Makes the outbox unusable.</summary>
    public Task HideAsync() => ExecuteAsync("ALTER TABLE smtp_outbox_email RENAME TO hidden");

    /// <summary>How many emails there are.</summary>
    public Task<long> CountEmailsAsync() => CountAsync("smtp_outbox_email");

    /// <summary>How many parts are stored separately.</summary>
    public Task<long> CountPartsAsync() => CountAsync("smtp_outbox_part");

    /// <summary>How many rows belong to emails: their attempts, parts and uses of parts.</summary>
    public async Task<long> CountBelongingsAsync() =>
        await CountPartsAsync() + await CountAsync("smtp_outbox_part_use") + await CountAsync("smtp_outbox_attempt");

    /// <summary>The size in bytes of the largest message that is stored in its row.</summary>
    public async Task<long> GetLargestRowAsync() => (long)(await ScalarAsync("SELECT max(length(content)) FROM smtp_outbox_message"))!;

    /// <summary>Marks all parts as unused for a long time.</summary>
    public Task MarkPartsUnusedAsync() => ExecuteAsync("UPDATE smtp_outbox_part SET used_at = 0");

    /// <summary>Takes the row of each worker away.</summary>
    public Task RemoveWorkersAsync() => ExecuteAsync("DELETE FROM smtp_outbox_worker");

    /// <summary>Removes an email.</summary>
    public Task RemoveAsync(Guid id) => ExecuteAsync($"DELETE FROM smtp_outbox_email WHERE id = '{id:N}'");

    /// <summary>As if a part of the database was not restored.</summary>
    public Task RemoveMessageAsync(Guid id) => ExecuteAsync($"DELETE FROM smtp_outbox_message WHERE email_id = '{id:N}'");

    /// <summary>Removes all emails, but not their parts.</summary>
    public Task RemoveEmailsAsync() => ExecuteAsync("DELETE FROM smtp_outbox_email");

    /// <summary>Sets the version of the tables.</summary>
    public Task SetVersionAsync(int version) =>
        ExecuteAsync($"UPDATE smtp_outbox_version SET version = {version.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Whether a commit of a connection of the caller waits for the disk (PostgreSQL).</summary>
    public async Task<string> GetSynchronousCommitAsync() => (string)(await ScalarAsync("SHOW synchronous_commit"))!;

    private async Task<long> CountAsync(string from) => (long)(await ScalarAsync($"SELECT count(*) FROM {from}"))!;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        // As the outbox does: a row that is changed leaves nothing behind.
        var prefix = connection is Microsoft.Data.Sqlite.SqliteConnection ? "PRAGMA secure_delete = ON; " : "";
        await connection.ExecuteAsync(prefix + sql, Cancellation);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        return await connection.ScalarAsync(sql, Cancellation);
    }
}
