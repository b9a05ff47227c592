using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>What holds for all workers: whether sending is paused, and where the database is. Thread-safe.</summary>
internal sealed class SettingTable(Database database)
{
    private const string Paused = "paused";
    private const string Moved = "moved";
    private const string Place = "place";
    private const string Count = "count";

    /// <summary>True for SQL if the sending is paused.</summary>
    public static string IsPausedSql(TableNames tables) => $"EXISTS (SELECT 1 FROM {tables.Setting} WHERE name = '{Paused}' AND value = 1)";

    private string Set =>
        $"INSERT INTO {database.Tables.Setting} (name, value) VALUES (@name, @value) {database.OrSet("value")}";

    public Task PauseAsync(CancellationToken cancellationToken) =>
        database.ExecuteAsync(Set, cancellationToken, ("name", Paused), ("value", 1L));

    public Task ResumeAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        $"UPDATE {database.Tables.Setting} SET value = 0 WHERE name IN ('{Paused}', '{Moved}')", cancellationToken);

    public Task<bool> IsPausedAsync(CancellationToken cancellationToken) => IsSetAsync(Paused, cancellationToken);

    /// <summary>Whether the sending is paused because the database is a copy, or an older one.</summary>
    public Task<bool> IsMovedAsync(CancellationToken cancellationToken) => IsSetAsync(Moved, cancellationToken);

    /// <summary>Takes note of where the database is, and pauses the sending if that is not where it was, or if it is older.</summary>
    /// <returns>How far it has counted now, and whether it was paused.</returns>
    public Task<(long Count, bool IsMoved)> EnterAsync(DatabasePlace place, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var settings = (await transaction.Connection!.ListAsync(
                    $"SELECT name, value FROM {database.Tables.Setting}",
                    reader => (Name: reader.GetString(0), Value: Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture)),
                    cancellationToken, transaction).ConfigureAwait(false)).ToDictionary(s => s.Name, s => s.Value);
                var counted = settings.GetValueOrDefault(Count);
                var isMoved = settings.TryGetValue(Place, out var last) && (last != place.Number || counted < place.Count);
                var count = Math.Max(counted, place.Count) + 1;
                await SetAsync(Place, place.Number).ConfigureAwait(false);
                await SetAsync(Count, count).ConfigureAwait(false);
                if (isMoved)
                {
                    await SetAsync(Paused, 1).ConfigureAwait(false);
                    await SetAsync(Moved, 1).ConfigureAwait(false);
                }
                return (count, isMoved);

                Task SetAsync(string name, long value) =>
                    transaction.Connection!.ExecuteAsync(Set, cancellationToken, transaction, ("name", name), ("value", value));
            },
            cancellationToken);

    public Task CountAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        $"UPDATE {database.Tables.Setting} SET value = value + 1 WHERE name = '{Count}'", cancellationToken);

    private async Task<bool> IsSetAsync(string name, CancellationToken cancellationToken)
    {
        var values = await database.ListAsync(
            $"SELECT value FROM {database.Tables.Setting} WHERE name = @name",
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken, ("name", name))
            .ConfigureAwait(false);
        return values is [1];
    }
}
