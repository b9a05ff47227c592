namespace SmtpTransport.Mailbox;

internal sealed record FindingView(string Code, string Severity, string Property, string Message);
