namespace SmtpTransport.Outbox;

/// <summary>A bar of the chart, as JSON.</summary>
/// <param name="At">The beginning of the minute or hour.</param>
/// <param name="Sent">How many emails were sent.</param>
/// <param name="Failed">How many became dead letters.</param>
internal sealed record ThroughputBar(DateTimeOffset At, long Sent, long Failed);
