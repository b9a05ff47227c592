namespace SmtpTransport.Outbox;

/// <summary>The numbers in the header of the page, as JSON. It is equal as long as nothing has changed.</summary>
/// <param name="IsPaused">Whether the sending is paused.</param>
/// <param name="Due">How many emails are due.</param>
/// <param name="OldestDueAt">Since when the oldest of them is due; null if none is.</param>
/// <param name="States">The number of emails in each state.</param>
/// <param name="IntervalSeconds">How often the numbers are counted, if that is seldom; otherwise 0.</param>
internal sealed record StatusView(
    bool IsPaused, long Due, DateTimeOffset? OldestDueAt, IReadOnlyDictionary<string, long> States, int IntervalSeconds);
