namespace SmtpTransport.Outbox;

/// <summary>The numbers in the header of the page, as JSON.</summary>
internal sealed record CountsView(bool IsPaused, long Due, double OldestDueSeconds, IReadOnlyDictionary<string, long> States);
