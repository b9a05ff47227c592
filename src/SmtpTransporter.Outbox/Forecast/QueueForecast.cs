using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>When the queues will be empty, by the limits of this process and what all have used of them. Thread-safe.</summary>
internal sealed class QueueForecast(
    QueueTable queues, WaitingStatistics waiting, QuotaTable quotas, PauseTable pauses, LaneLimits limits)
{
    private const int QueueStep = 100;
    private const int MaxQueueSteps = 50;
    private const string Throughput = "the throughput of the last hour";

    public async Task<IReadOnlyList<OutboxForecast>> ForecastAsync(int countLimit, CancellationToken cancellationToken)
    {
        var transporters = await ListTransportersAsync(cancellationToken).ConfigureAwait(false);
        var (now, used) = await quotas.ReadAsync(limits.AllQuotas.Select(q => q.Name), cancellationToken).ConfigureAwait(false);
        var (_, paused) = await pauses.ReadAsync(cancellationToken).ConfigureAwait(false);
        var rates = await waiting.ReadRatesAsync(cancellationToken).ConfigureAwait(false);
        var sent = await waiting.CountSentAsync(TimeSpan.FromHours(1), cancellationToken).ConfigureAwait(false);
        var shared = new Dictionary<string, SimulatedLimit>(StringComparer.Ordinal);
        var all = new List<(string Transporter, List<WaitingGroup> Groups, double Recipients, List<SimulatedFlow> Flows)>();
        // What those that share a limit need of it together, in milliseconds.
        var loads = new Dictionary<SimulatedLimit, double>();
        foreach (var transporter in transporters)
        {
            var groups = await waiting.CountAsync(transporter, countLimit, cancellationToken).ConfigureAwait(false);
            var sample = groups.Count == 0 ? [] : await waiting.ReadSampleAsync(transporter, cancellationToken).ConfigureAwait(false);
            var flows = new List<SimulatedFlow>();
            foreach (var flow in groups.Where(g => !IsPaused(g)).GroupBy(g => limits.HasOwn(transporter, g.Lane) ? g.Lane : null))
                flows.Add(CreateFlow(transporter, flow.Key, [.. flow], sample));
            var recipients = sample.Count == 0 ? 0 : sample.Average(s => s.Count);
            all.Add((transporter, groups, recipients, flows));
        }
        QueueSimulation.Run(now, [.. all.SelectMany(a => a.Flows)], loads.Values.DefaultIfEmpty().Max());
        return [.. all.Select(a => Create(a.Transporter, a.Groups, a.Recipients, a.Flows))];

        bool IsPaused(WaitingGroup group) => paused.Any(p => p.Holds(group.Transporter, group.Lane));

        SimulatedFlow CreateFlow(
            string transporter, string? lane, List<WaitingGroup> groups, List<IReadOnlyList<string>> sample)
        {
            var count = groups.Sum(g => g.Count);
            var found = new List<(SimulatedLimit Limit, double PerEmail)>();
            foreach (var (name, interval) in limits.FindIntervals(transporter, lane))
            {
                var nextAt = Math.Max(rates.GetValueOrDefault(name) / 1000.0, now);
                var rate = Share($"rate {name}", () => new SimulatedRate(DescribeRate(interval), interval.TotalMilliseconds, nextAt));
                Load(rate, count * interval.TotalMilliseconds);
                found.Add((rate, 1));
            }
            foreach (var quota in limits.FindQuotas(transporter, lane))
            {
                var perEmail = sample.Count == 0 ? 1 : sample.Average(s => quota.Count(s));
                if (perEmail <= 0)
                    continue;
                var limit = Share($"quota {quota.Name}", () => new SimulatedQuota(quota, now, used[quota.Name]));
                Load(limit, count * perEmail / quota.GetLimit(OutboxPriority.Normal) * quota.Window.TotalMilliseconds);
                found.Add((limit, perEmail));
            }
            if (found.Count == 0 || limits.FindLimiters(transporter, lane).Any())
            {
                var interval = sent.TryGetValue(transporter, out var lately) ? 3_600_000.0 / lately : double.PositiveInfinity;
                found.Add((Share($"throughput {transporter}", () => new SimulatedRate(Throughput, interval, now + interval)), 1));
            }
            var high = groups.Where(g => g.Priority == OutboxPriority.High).Sum(g => g.Count);
            return new SimulatedFlow(high, count - high, found);
        }

        void Load(SimulatedLimit limit, double milliseconds) => loads[limit] = loads.GetValueOrDefault(limit) + milliseconds;

        SimulatedLimit Share(string key, Func<SimulatedLimit> create) =>
            shared.TryGetValue(key, out var known) ? known : shared[key] = create();

        OutboxForecast Create(string transporter, List<WaitingGroup> groups, double recipients, List<SimulatedFlow> flows)
        {
            var count = groups.Sum(g => g.Count);
            var isPaused = groups.Any(IsPaused);
            var last = flows.OrderByDescending(f => f.IsOpen).ThenByDescending(f => f.LastAt).FirstOrDefault();
            var isKnown = !isPaused && count <= countLimit && !flows.Exists(f => f.IsOpen);
            var end = groups.Select(g => g.LastDueAt).Append((long)Math.Ceiling(last?.LastAt ?? 0)).Append(now).Max();
            return new OutboxForecast
            {
                TransporterName = transporter,
                Waiting = new OutboxMatchCount(Math.Min(count, countLimit), count > countLimit),
                Recipients = (long)Math.Round(recipients * Math.Min(count, countLimit)),
                Limit = isPaused ? "a pause" : last?.MainLimit,
                EmptyAt = isKnown ? UnixTime.Read(end) : null,
                Quotas = [.. limits.FindAllQuotas(transporter).Select(CreateUse)],
            };
        }

        OutboxQuotaUse CreateUse(SendQuota quota)
        {
            var window = new QuotaWindow(quota.Window, now, used[quota.Name]);
            var wait = window.FindWait(1, quota.GetLimit(OutboxPriority.Normal));
            return new OutboxQuotaUse(quota, window.Used, UnixTime.Read(now) + wait);
        }
    }

    /// <summary>The transporters whose emails wait, and those with quotas.</summary>
    private async Task<List<string>> ListTransportersAsync(CancellationToken cancellationToken)
    {
        var found = limits.QuotaTransporters.ToHashSet(StringComparer.Ordinal);
        found.UnionWith(await waiting.ListHeldTransportersAsync(cancellationToken).ConfigureAwait(false));
        QueueKey? after = null;
        for (var i = 0; i < MaxQueueSteps; i++)
        {
            var heads = await queues.ListQueuesAsync(after, QueueStep, cancellationToken).ConfigureAwait(false);
            found.UnionWith(heads.Select(h => h.Key.Transporter));
            if (heads.Count < QueueStep)
                break;
            after = heads[^1].Key;
        }
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static string DescribeRate(TimeSpan interval) => interval.TotalSeconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"the rate of {1 / interval.TotalSeconds:0.##} emails a second")
        : string.Create(CultureInfo.InvariantCulture, $"the rate of one email in {interval.TotalSeconds:0.##} seconds");
}
