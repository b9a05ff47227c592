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
internal sealed record LaneView(
    string Transporter,
    string Lane,
    long Waiting,
    bool HasMore,
    long Sending,
    DateTimeOffset? FirstDueAt,
    double? IntervalSeconds,
    bool HasRateLimiter,
    int? MaxConcurrency)
{
    public static LaneView FromLane(OutboxLane lane, DateTimeOffset now) => new(
        lane.TransporterName,
        lane.Lane,
        lane.Waiting.Count,
        lane.Waiting.HasMore,
        lane.Sending,
        now + lane.FirstDueIn,
        lane.MinInterval?.TotalSeconds,
        lane.HasRateLimiter,
        lane.MaxConcurrency);
}
