namespace SmtpTransport.Outbox;

/// <summary>
/// Counts the sent emails, however many there are. They are added at the end of their index and removed at its beginning: each past minute
/// is counted once, and then only what is new and what was removed. Thread-safe.
/// </summary>
internal sealed class SentCounter(Database database)
{
    // In milliseconds.
    private const long Minute = 60_000;

    // An email is committed some time after the moment that is stored as its end.
    private const long Settling = 2 * Minute;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _minutes = [];
    private long? _counted;
    private long _oldest;

    private string Sent => $"{database.Tables.Email} WHERE state = {StateCodes.Sent} AND ended_at IS NOT NULL";

    /// <summary>Counts those that ended before a moment some minutes ago.</summary>
    /// <returns>How many there are, and that moment: those that ended then or later are not among them.</returns>
    public async Task<(long Count, long Until)> CountAsync(CancellationToken cancellationToken)
    {
        var (now, oldest) = (await database.ListAsync(
            $"SELECT {database.Now}, (SELECT ended_at FROM {Sent} ORDER BY ended_at LIMIT 1)",
            reader => (reader.GetInt64(0), reader.IsDBNull(1) ? (long?)null : reader.GetInt64(1)), cancellationToken,
            database.NowParameter).ConfigureAwait(false))[0];
        var until = Begin(now - Settling);
        if (oldest is not { } first)
            return (0, 0);
        if (first >= until)
            return (0, Begin(first));
        var (from, changed) = Forget(first);
        if (changed < from)
            Keep(first, null, await CountAsync(changed, changed + Minute, cancellationToken).ConfigureAwait(false));
        Keep(first, until, await CountAsync(from, until, cancellationToken).ConfigureAwait(false));
        lock (_lock)
            return (_minutes.Where(m => m.Key < until).Sum(m => m.Value), until);
    }

    private static long Begin(long time) => time - (time % Minute);

    /// <summary>Leaves out what was removed.</summary>
    /// <returns>From when on there are minutes that are not counted, and the minute of which some emails were removed.</returns>
    private (long From, long Changed) Forget(long oldest)
    {
        var begin = Begin(oldest);
        lock (_lock)
        {
            foreach (var minute in _minutes.Keys.Where(m => m < begin).ToList())
                _minutes.Remove(minute);
            return _counted is { } counted && counted > begin
                ? (counted, oldest == _oldest ? counted : begin)
                : (begin, begin);
        }
    }

    // Two who count at once find the same.
    private void Keep(long oldest, long? counted, List<(long Minute, long Count)> found)
    {
        lock (_lock)
        {
            foreach (var (minute, count) in found)
                _minutes[minute] = count;
            _oldest = oldest;
            _counted = counted ?? _counted;
        }
    }

    private Task<List<(long Minute, long Count)>> CountAsync(long from, long until, CancellationToken cancellationToken) =>
        database.ListAsync(
            $"""
            SELECT ended_at - ended_at % {Minute}, count(*) FROM {Sent} AND ended_at >= @from AND ended_at < @until
            GROUP BY ended_at - ended_at % {Minute}
            """,
            reader => (reader.GetInt64(0), reader.GetInt64(1)), cancellationToken, ("from", from), ("until", until));
}
