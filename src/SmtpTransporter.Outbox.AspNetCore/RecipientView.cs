namespace SmtpTransport.Outbox;

internal sealed record RecipientView(string Address, string State, int Status, string Text);
