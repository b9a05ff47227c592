using System.Globalization;
using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>The limits of the transporters and of their lanes, as they were configured.</summary>
internal sealed class LaneLimits
{
    private readonly Dictionary<(string Transporter, string? Lane), TimeSpan> _intervals = [];
    private readonly Dictionary<(string Transporter, string? Lane), RateLimiter> _limiters = [];
    private readonly Dictionary<(string Transporter, string? Lane), int> _concurrency = [];
    private readonly Dictionary<(string Transporter, string? Lane), List<SendQuota>> _quotas = [];

    /// <summary>All quotas; one that several transporters share occurs several times.</summary>
    public IEnumerable<SendQuota> AllQuotas => _quotas.Values.SelectMany(q => q);

    public void SetInterval(string transporter, string? lane, TimeSpan interval) => _intervals[(transporter, lane)] = interval;

    public void SetLimiter(string transporter, string? lane, RateLimiter limiter) => _limiters[(transporter, lane)] = limiter;

    public void SetConcurrency(string transporter, string? lane, int count) => _concurrency[(transporter, lane)] = count;

    /// <summary>The transporters that have quotas.</summary>
    public IEnumerable<string> QuotaTransporters => _quotas.Keys.Select(k => k.Transporter).Distinct(StringComparer.Ordinal);

    /// <summary>The quotas of a transporter and of its lanes, each once.</summary>
    public IEnumerable<SendQuota> FindAllQuotas(string transporter) =>
        _quotas.Where(q => q.Key.Transporter == transporter).SelectMany(q => q.Value).DistinctBy(q => q.Name)
            .OrderBy(q => q.Name, StringComparer.Ordinal);

    public void AddQuota(string transporter, string? lane, SendQuota quota)
    {
        if (!_quotas.TryGetValue((transporter, lane), out var quotas))
            _quotas[(transporter, lane)] = quotas = [];
        quotas.Add(quota);
    }

    /// <summary>The quotas that apply to an email, each once.</summary>
    public IEnumerable<SendQuota> FindQuotas(string transporter, string? lane) =>
        Keys(transporter, lane).SelectMany(k => _quotas.GetValueOrDefault(k) ?? []).DistinctBy(q => q.Name);

    /// <summary>Why an email can never be sent: a quota that it exceeds by itself. Null if there is none.</summary>
    public string? FindExcess(string transporter, string lane, OutboxPriority priority, IReadOnlyCollection<string> recipients)
    {
        if (_quotas.Count == 0)
            return null;
        foreach (var quota in FindQuotas(transporter, lane))
        {
            var (count, limit) = (quota.Count(recipients), quota.GetLimit(priority));
            if (count <= limit)
                continue;
            var reserved = limit < quota.Maximum
                ? string.Create(CultureInfo.InvariantCulture, $", {limit:N0} of them for an email of this priority") : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The email takes {count:N0} of the quota {quota}{reserved}. Divide its recipients, or raise the quota.");
        }
        return null;
    }

    /// <summary>
    /// The rates that apply to an email: of its lane and of its transporter, with the name under which the database keeps each.
    /// </summary>
    public IEnumerable<(string Name, TimeSpan Interval)> FindIntervals(string transporter, string? lane) =>
        Keys(transporter, lane).Where(_intervals.ContainsKey)
            .Select(k => (k.Lane is null ? transporter : $"{transporter}/{k.Lane}", _intervals[k]));

    /// <summary>The limiters of the application that apply to an email.</summary>
    public IEnumerable<RateLimiter> FindLimiters(string transporter, string? lane) =>
        Keys(transporter, lane).Where(_limiters.ContainsKey).Select(k => _limiters[k]);

    /// <summary>
    /// How many emails may be sent at once on all machines: of the lane, and of all lanes of the transporter (the lane is null).
    /// </summary>
    public IReadOnlyList<(string? Lane, int Count)> FindConcurrency(string transporter, string lane) =>
        [.. Keys(transporter, lane).Where(_concurrency.ContainsKey).Select(k => (k.Lane, _concurrency[k]))];

    /// <summary>Whether the number of emails that are sent at once on all machines is limited.</summary>
    public bool HasConcurrency(string transporter, string lane) => Keys(transporter, lane).Any(_concurrency.ContainsKey);

    /// <summary>Whether emails wait for a rate.</summary>
    public bool HasRate(string transporter, string lane) =>
        FindIntervals(transporter, lane).Any() || FindLimiters(transporter, lane).Any();

    /// <summary>Whether emails wait for a quota.</summary>
    public bool HasQuota(string transporter, string lane) => _quotas.Count > 0 && FindQuotas(transporter, lane).Any();

    /// <summary>Whether a lane has limits of its own, which must not hold up the other lanes of its transporter.</summary>
    public bool HasOwn(string transporter, string lane) =>
        _intervals.ContainsKey((transporter, lane)) || _limiters.ContainsKey((transporter, lane))
        || _concurrency.ContainsKey((transporter, lane)) || _quotas.ContainsKey((transporter, lane));

    private static (string Transporter, string? Lane)[] Keys(string transporter, string? lane) =>
        lane is null ? [(transporter, null)] : [(transporter, lane), (transporter, null)];
}
