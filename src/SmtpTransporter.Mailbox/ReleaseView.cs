namespace SmtpTransport.Mailbox;

/// <summary>What became of a message that was sent to real addresses.</summary>
internal sealed record ReleaseView(bool IsSent, string Text);
