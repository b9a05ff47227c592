namespace SmtpTransport.Outbox;

/// <summary>
/// The minutes of the last day. What is past does not change and is read once, hour by hour; each reading takes a limited time, and the
/// next one goes on. Used by one caller at a time.
/// </summary>
internal sealed class ThroughputHistory(IOutboxMonitor monitor, TimeProvider time)
{
    private const int Hours = 24;
    private const int Minutes = 60;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxReading = TimeSpan.FromMilliseconds(300);

    // Of an email that ends now, the end may be recorded somewhat later.
    private static readonly TimeSpan Open = TimeSpan.FromMinutes(2);

    private readonly SortedDictionary<DateTimeOffset, OutboxThroughput> _minutes = [];

    // What lies between the two is read; before the first reading both are null.
    private DateTimeOffset? _from;
    private DateTimeOffset? _until;

    public async Task<ThroughputView> ReadAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var now = await monitor.GetTimeAsync(cancellationToken).ConfigureAwait(false);
        var hour = Floor(now, Hour);
        var first = hour - ((Hours - 1) * Hour);
        if (_until < first)
            _from = _until = null;
        await ReadAsync(_until is { } known ? Floor(known - Open, Minute) : hour, now, cancellationToken).ConfigureAwait(false);
        _until = now;
        _from ??= hour;
        while (_from > first && (_from > now - Hour || time.GetElapsedTime(start) < MaxReading))
        {
            await ReadAsync(_from.Value - Hour, _from.Value, cancellationToken).ConfigureAwait(false);
            _from -= Hour;
        }
        foreach (var past in _minutes.Keys.TakeWhile(at => at < first).ToList())
            _minutes.Remove(past);
        return new ThroughputView(
            Bars(Floor(now, Minute) - ((Minutes - 1) * Minute), Minute, Minutes), Bars(first, Hour, Hours), _from <= first);
    }

    private async Task ReadAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // What is there already of these minutes is replaced.
        foreach (var minute in await monitor.ListThroughputAsync(from, until, cancellationToken).ConfigureAwait(false))
            _minutes[minute.At] = minute;
    }

    private List<ThroughputBar> Bars(DateTimeOffset first, TimeSpan length, int count)
    {
        var byBar = _minutes.Values.Where(m => m.At >= first).ToLookup(m => (int)((m.At - first) / length));
        return
        [
            .. Enumerable.Range(0, count).Select(
                i => new ThroughputBar(first + (i * length), byBar[i].Sum(m => m.Sent), byBar[i].Sum(m => m.DeadLettered))),
        ];
    }

    private static DateTimeOffset Floor(DateTimeOffset at, TimeSpan length) =>
        new(at.UtcTicks - (at.UtcTicks % length.Ticks), TimeSpan.Zero);
}
