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

    /// <summary>How many runs are scheduled in the engine.</summary>
    public Task<long> CountScheduledRunsAsync() => CountAsync($"{QuartzTables.Prefix}triggers");

    /// <summary>Waits until so many runs are scheduled in the engine.</summary>
    public Task UntilScheduledRunsAsync(long count) => Poll.UntilAsync(async () => await CountScheduledRunsAsync() == count);

    /// <summary>Waits until at least one run is scheduled in the engine.</summary>
    public Task UntilAnyScheduledRunAsync() => Poll.UntilAsync(async () => await CountScheduledRunsAsync() > 0);

    /// <summary>Marks all emails as scheduled a minute ago, whether they are or not.</summary>
    public Task MarkScheduledAsync() => ExecuteAsync("UPDATE smtp_outbox SET scheduled_at = created_at - 60000");

    /// <summary>Makes the engine give up all scheduled runs.</summary>
    public Task FailScheduledRunsAsync() => ExecuteAsync($"UPDATE {QuartzTables.Prefix}triggers SET trigger_state = 'ERROR'");

    /// <summary>How many runs the engine has given up.</summary>
    public Task<long> CountFailedRunsAsync() => CountAsync($"{QuartzTables.Prefix}triggers WHERE trigger_state = 'ERROR'");

    /// <summary>Removes the pause while no outbox runs.</summary>
    public Task RemovePauseAsync() => ExecuteAsync($"DELETE FROM {QuartzTables.Prefix}paused_trigger_grps");

    /// <summary>Makes the emails of a priority due.</summary>
    public Task MakeDueAsync(OutboxPriority priority) =>
        ExecuteAsync($"UPDATE smtp_outbox SET due_at = created_at WHERE priority = {(int)priority}");

    /// <summary>Waits until an email stays parked by decision.</summary>
    public Task UntilKeptParkedAsync() =>
        Poll.UntilAsync(async () => await CountAsync("smtp_outbox WHERE state = 4 AND ask_at IS NULL") > 0);

    /// <summary>When the application may be asked about the only email.</summary>
    public async Task<DateTimeOffset> GetAskTimeAsync() =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)(await ScalarAsync("SELECT ask_at FROM smtp_outbox"))!);

    /// <summary>Waits until the only email is requeued.</summary>
    public Task UntilRequeuedAsync() => Poll.UntilAsync(async () => await CountAsync("smtp_outbox WHERE generation > 0") > 0);

    /// <summary>Makes the outbox unusable.</summary>
    public Task HideAsync() => ExecuteAsync("ALTER TABLE smtp_outbox RENAME TO hidden");

    /// <summary>How many emails there are.</summary>
    public Task<long> CountEmailsAsync() => CountAsync("smtp_outbox");

    /// <summary>How many parts are stored separately.</summary>
    public Task<long> CountPartsAsync() => CountAsync("smtp_outbox_part");

    /// <summary>How many rows belong to emails: their attempts, parts and uses of parts.</summary>
    public async Task<long> CountBelongingsAsync() =>
        await CountPartsAsync() + await CountAsync("smtp_outbox_part_use") + await CountAsync("smtp_outbox_attempt");

    /// <summary>The size in bytes of the largest message that is stored in its row.</summary>
    public async Task<long> GetLargestRowAsync() => (long)(await ScalarAsync("SELECT max(length(message)) FROM smtp_outbox"))!;

    /// <summary>Marks all parts as unused for a long time.</summary>
    public Task MarkPartsUnusedAsync() => ExecuteAsync("UPDATE smtp_outbox_part SET used_at = 0");

    /// <summary>Removes all emails, but not their parts.</summary>
    public Task RemoveEmailsAsync() => ExecuteAsync("DELETE FROM smtp_outbox");

    /// <summary>Sets the version of the tables.</summary>
    public Task SetVersionAsync(int version) =>
        ExecuteAsync($"UPDATE {OutboxSchema.VersionTable} SET version = {version.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Whether a commit of a connection of the caller waits for the disk (PostgreSQL).</summary>
    public async Task<string> GetSynchronousCommitAsync() => (string)(await ScalarAsync("SHOW synchronous_commit"))!;

    private async Task<long> CountAsync(string from) => (long)(await ScalarAsync($"SELECT count(*) FROM {from}"))!;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = connect();
        await connection.OpenAsync(Cancellation);
        return await connection.ScalarAsync(sql, Cancellation);
    }
}
