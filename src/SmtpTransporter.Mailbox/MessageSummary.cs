namespace SmtpTransport.Mailbox;

/// <summary>A message in the list of the page.</summary>
internal sealed record MessageSummary(
    string Id,
    string From,
    IReadOnlyList<string> To,
    string Subject,
    string Preview,
    DateTimeOffset ReceivedAt,
    int Size,
    int Attachments,
    bool IsRead,
    IReadOnlyList<string> Tags);
