namespace SmtpTransport.Outbox;

/// <inheritdoc cref="IOutboxMonitor"/>
internal sealed class OutboxMonitor(
    EmailStore store, LaneStatistics lanes, ThroughputStatistics throughput, QueueForecast forecast) : IOutboxMonitor
{
    private const int MaxLanes = 500;
    private const int MaxCount = 10_000;

    public async Task<IReadOnlyList<OutboxLane>> ListLanesAsync(
        int limit = 100, int countLimit = 1000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLanes);
        ArgumentOutOfRangeException.ThrowIfLessThan(countLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(countLimit, MaxCount);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await lanes.ListAsync(limit, countLimit, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<OutboxThroughput>> ListThroughputAsync(
        DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await throughput.ListAsync(from, until, cancellationToken).ConfigureAwait(false);
    }

    public async Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken = default)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await throughput.GetTimeAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<OutboxForecast>> ForecastAsync(int countLimit = 100_000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(countLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(countLimit, OutboxMatchCount.MaxLimit);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        return await forecast.ForecastAsync(countLimit, cancellationToken).ConfigureAwait(false);
    }
}
