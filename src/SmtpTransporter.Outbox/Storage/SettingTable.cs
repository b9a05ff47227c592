using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>Where the database is, and whether it was moved. Thread-safe.</summary>
internal sealed class SettingTable(Database database, PauseTable pauses)
{
    /// <summary>The setting that says that the database is a copy, or an older one.</summary>
    public const string Moved = "moved";

    private const string MovedReason = "The database is a copy, or a restored backup.";
    private const string Place = "place";
    private const string Count = "count";

    private string Set =>
        $"INSERT INTO {database.Tables.Setting} (name, value) VALUES (@name, @value) {database.OrSet("value")}";

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
                    await pauses.PauseAsync(
                        transaction, SendPause.Everything, EmailActions.Process, MovedReason, cancellationToken).ConfigureAwait(false);
                    await SetAsync(Moved, 1).ConfigureAwait(false);
                }
                return (count, isMoved);

                Task SetAsync(string name, long value) =>
                    transaction.Connection!.ExecuteAsync(Set, cancellationToken, transaction, ("name", name), ("value", value));
            },
            cancellationToken);

    public Task CountAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        $"UPDATE {database.Tables.Setting} SET value = value + 1 WHERE name = '{Count}'", cancellationToken);

    /// <summary>A number that a worker keeps for itself and the others; 0 if there is none.</summary>
    public async Task<long> ReadAsync(string name, CancellationToken cancellationToken) =>
        (await ListAsync(name, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    public Task WriteAsync(string name, long value, CancellationToken cancellationToken) =>
        database.ExecuteAsync(Set, cancellationToken, ("name", name), ("value", value));

    private async Task<bool> IsSetAsync(string name, CancellationToken cancellationToken) =>
        await ListAsync(name, cancellationToken).ConfigureAwait(false) is [1];

    private Task<List<long>> ListAsync(string name, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT value FROM {database.Tables.Setting} WHERE name = @name",
        reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken, ("name", name));
}
