namespace SmtpTransport.Outbox;

/// <summary>
/// Counts the sent emails, however many there are. They are added at the end of their index and removed at its beginning: each past minute
/// is counted once, and again only while it is the oldest one. Thread-safe.
/// </summary>
internal sealed class SentCounter(Database database)
{
    // In milliseconds.
    private const long Minute = 60_000;

    private const long Step = 24 * 60 * Minute;

    // An email is committed some time after the moment that is stored as its end.
    private const long Settling = 2 * Minute;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _minutes = [];
    private long _counted;

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
        var (begin, from) = (Begin(first), Forget(Begin(first), until));
        if (begin < from)
            Keep(await CountAsync(begin, begin + Minute, cancellationToken).ConfigureAwait(false), from);
        // A day at a time: what is counted stays so if a later statement fails.
        for (var end = from; from < until; from = end)
        {
            end = Math.Min(from + Step, until);
            Keep(await CountAsync(from, end, cancellationToken).ConfigureAwait(false), end);
        }
        lock (_lock)
            return (_minutes.Where(m => m.Key < until).Sum(m => m.Value), until);
    }

    private static long Begin(long time) => time - (time % Minute);

    /// <summary>Leaves out what was removed, and what may change because the database's clock went back.</summary>
    /// <returns>From when on the minutes are not counted.</returns>
    private long Forget(long begin, long until)
    {
        lock (_lock)
        {
            foreach (var minute in _minutes.Keys.Where(m => m < begin || m >= until).ToList())
                _minutes.Remove(minute);
            _counted = Math.Min(_counted, until);
            return Math.Max(_counted, begin);
        }
    }

    // Two who count at once find the same.
    private void Keep(List<(long Minute, long Count)> found, long counted)
    {
        lock (_lock)
        {
            foreach (var (minute, count) in found)
                _minutes[minute] = count;
            _counted = Math.Max(_counted, counted);
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
