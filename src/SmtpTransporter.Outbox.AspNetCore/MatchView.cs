namespace SmtpTransport.Outbox;

/// <summary>How many emails an action would change, as JSON.</summary>
/// <param name="Count">The number, or that up to which was counted.</param>
/// <param name="HasMore">Whether there are more.</param>
/// <param name="States">The states that are meant.</param>
internal sealed record MatchView(long Count, bool HasMore, IReadOnlyList<string> States);
