namespace SmtpTransport.Mailbox;

internal sealed record HeaderView(string Name, string Value);
