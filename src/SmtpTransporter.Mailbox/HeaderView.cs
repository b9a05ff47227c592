namespace SmtpTransport.Mailbox;

/// <summary>A header field on the page.</summary>
internal sealed record HeaderView(string Name, string Value);
