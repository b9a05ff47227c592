namespace SmtpTransport.Mailbox;

/// <summary>What a request of an address was answered.</summary>
internal sealed record LinkAnswer(string Address, bool IsGood, string Text);
