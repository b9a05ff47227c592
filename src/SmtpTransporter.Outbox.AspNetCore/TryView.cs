namespace SmtpTransport.Outbox;

internal sealed record TryView(DateTimeOffset At, string Worker, string? Outcome, int Status, string Text, double Milliseconds);
