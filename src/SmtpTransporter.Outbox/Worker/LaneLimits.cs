using System.Threading.RateLimiting;

namespace SmtpTransport.Outbox;

/// <summary>The limits of the transporters and of their lanes, as they were configured.</summary>
internal sealed class LaneLimits
{
    private readonly Dictionary<(string Transporter, string? Lane), TimeSpan> _intervals = [];
    private readonly Dictionary<(string Transporter, string? Lane), RateLimiter> _limiters = [];
    private readonly Dictionary<(string Transporter, string? Lane), int> _concurrency = [];

    public void SetInterval(string transporter, string? lane, TimeSpan interval) => _intervals[(transporter, lane)] = interval;

    public void SetLimiter(string transporter, string? lane, RateLimiter limiter) => _limiters[(transporter, lane)] = limiter;

    public void SetConcurrency(string transporter, string? lane, int count) => _concurrency[(transporter, lane)] = count;

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

    /// <summary>Whether a lane has limits of its own, which must not hold up the other lanes of its transporter.</summary>
    public bool HasOwn(string transporter, string lane) =>
        _intervals.ContainsKey((transporter, lane)) || _limiters.ContainsKey((transporter, lane))
        || _concurrency.ContainsKey((transporter, lane));

    private static (string Transporter, string? Lane)[] Keys(string transporter, string? lane) =>
        lane is null ? [(transporter, null)] : [(transporter, lane), (transporter, null)];
}
