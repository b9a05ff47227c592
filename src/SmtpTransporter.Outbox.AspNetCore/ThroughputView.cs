namespace SmtpTransport.Outbox;

/// <summary>The last hour minute by minute and the last day hour by hour, as JSON.</summary>
/// <param name="Hour">The 60 minutes, the oldest first.</param>
/// <param name="Day">The 24 hours, the oldest first.</param>
/// <param name="IsComplete">Whether the whole day is counted; otherwise its older hours are still missing.</param>
internal sealed record ThroughputView(IReadOnlyList<ThroughputBar> Hour, IReadOnlyList<ThroughputBar> Day, bool IsComplete);
