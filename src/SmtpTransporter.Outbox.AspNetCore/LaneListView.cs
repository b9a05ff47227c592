namespace SmtpTransport.Outbox;

/// <summary>The lanes, as JSON.</summary>
/// <param name="LateAfterSeconds">From when on the oldest email of a lane counts as late.</param>
/// <param name="Lanes">The lanes.</param>
/// <param name="HasMore">Whether there are more of them.</param>
/// <param name="Pauses">All that is paused, also lanes without emails; the oldest pause first.</param>
internal sealed record LaneListView(
    double LateAfterSeconds, IReadOnlyList<LaneView> Lanes, bool HasMore, IReadOnlyList<PauseView> Pauses);
