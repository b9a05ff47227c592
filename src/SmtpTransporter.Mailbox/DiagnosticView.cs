namespace SmtpTransport.Mailbox;

/// <summary>An entry of <see cref="Email.Analyze"/> on the page.</summary>
internal sealed record DiagnosticView(string Code, string Severity, string Property, string Message);
