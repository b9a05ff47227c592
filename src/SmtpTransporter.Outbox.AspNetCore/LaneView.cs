namespace SmtpTransport.Outbox;

/// <summary>A lane, as JSON.</summary>
/// <param name="Transporter">The key of the transporter.</param>
/// <param name="Lane">The name of the lane.</param>
/// <param name="Waiting">How many emails wait, up to which number they were counted.</param>
/// <param name="HasMore">Whether more of them wait.</param>
/// <param name="Sending">How many are being sent.</param>
/// <param name="FirstDueAt">When the first one that waits is due, or since when; null if none waits.</param>
/// <param name="IntervalSeconds">The shortest time between two emails; null without a rate.</param>
/// <param name="HasRateLimiter">Whether a limiter of the application limits it.</param>
/// <param name="MaxConcurrency">How many emails may be sent at once; null without such a limit.</param>
/// <param name="IsPaused">Whether this lane is paused by itself.</param>
/// <param name="Pause">What is paused that holds its emails, by whom and why; null for nothing.</param>
internal sealed record LaneView(
    string Transporter,
    string Lane,
    long Waiting,
    bool HasMore,
    long Sending,
    DateTimeOffset? FirstDueAt,
    double? IntervalSeconds,
    bool HasRateLimiter,
    int? MaxConcurrency,
    bool IsPaused,
    string? Pause)
{
    /// <param name="lane">The lane.</param>
    /// <param name="pauses">All that is paused.</param>
    /// <param name="now">The time.</param>
    public static LaneView FromLane(OutboxLane lane, IReadOnlyList<OutboxPause> pauses, DateTimeOffset now) => new(
        lane.TransporterName,
        lane.Lane,
        lane.Waiting.Count,
        lane.Waiting.HasMore,
        lane.Sending,
        now + lane.FirstDueIn,
        lane.MinInterval?.TotalSeconds,
        lane.HasRateLimiter,
        lane.MaxConcurrency,
        pauses.Any(p => p.TransporterName == lane.TransporterName && p.Lane == lane.Lane),
        pauses.FirstOrDefault(p => (p.TransporterName ?? lane.TransporterName) == lane.TransporterName
            && (p.Lane ?? lane.Lane) == lane.Lane)?.ToString());
}
