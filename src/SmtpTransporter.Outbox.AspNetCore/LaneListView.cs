namespace SmtpTransport.Outbox;

/// <summary>The lanes, as JSON.</summary>
/// <param name="LateAfterSeconds">From when on the oldest email of a lane counts as late.</param>
/// <param name="Lanes">The lanes.</param>
/// <param name="HasMore">Whether there are more of them.</param>
internal sealed record LaneListView(double LateAfterSeconds, IReadOnlyList<LaneView> Lanes, bool HasMore);
