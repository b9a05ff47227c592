namespace SmtpTransport.Mailbox;

/// <summary>A mail as the page shows it.</summary>
internal sealed record MailView(
    string Id, string Subject, string From, string EnvelopeFrom, IReadOnlyList<string> EnvelopeTo, DateTimeOffset ReceivedAt, int Size, bool HasHtml, int RemoteImages,
    string? Text, IReadOnlyList<HeaderView> Headers, IReadOnlyList<AttachmentView> Attachments, IReadOnlyList<FindingView> Findings);
