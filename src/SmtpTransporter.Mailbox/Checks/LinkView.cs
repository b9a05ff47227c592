namespace SmtpTransport.Mailbox;

/// <summary>An address in a message: of a link or an image, with what is wrong with it.</summary>
internal sealed record LinkView(string Kind, string Address, string Text, IReadOnlyList<string> Problems);
