namespace SmtpTransport.Outbox;

/// <summary>The head of the page.</summary>
internal sealed record CountsView(bool IsPaused, long Due, double OldestDueSeconds, IReadOnlyDictionary<string, long> States);
