namespace SmtpTransport.Mailbox;

/// <summary>A line of the list.</summary>
internal sealed record MailLine(string Id, string From, IReadOnlyList<string> To, string Subject, string Preview, DateTimeOffset ReceivedAt, int Size, int Attachments);
