using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>What holds for all workers: whether sending is paused. Thread-safe.</summary>
internal sealed class SettingTable(Database database)
{
    /// <summary>True for SQL if the sending is paused.</summary>
    public static string IsPausedSql(TableNames tables) => $"EXISTS (SELECT 1 FROM {tables.Setting} WHERE name = 'paused' AND value = 1)";

    public Task PauseAsync(CancellationToken cancellationToken) => SetPausedAsync(1, cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => SetPausedAsync(0, cancellationToken);

    public async Task<bool> IsPausedAsync(CancellationToken cancellationToken)
    {
        var paused = await database.ListAsync(
            $"SELECT value FROM {database.Tables.Setting} WHERE name = 'paused'",
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        return paused is [1];
    }

    private Task<int> SetPausedAsync(long value, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"INSERT INTO {database.Tables.Setting} (name, value) VALUES ('paused', @value) {database.OrSet("value")}",
        cancellationToken, ("value", value));
}
