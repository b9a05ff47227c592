namespace SmtpTransport.Mailbox;

/// <summary>A message on the page.</summary>
internal sealed record MessageView(
    string Id,
    string Subject,
    string From,
    IReadOnlyList<string> To,
    IReadOnlyList<string> Cc,
    IReadOnlyList<string> ReplyTo,
    string EnvelopeFrom,
    IReadOnlyList<string> EnvelopeTo,
    DateTimeOffset ReceivedAt,
    int Size,
    bool HasHtml,
    int RemoteImages,
    string? Text,
    IReadOnlyList<HeaderView> Headers,
    IReadOnlyList<AttachmentView> Attachments,
    IReadOnlyList<DiagnosticView> Diagnostics,
    IReadOnlyList<HtmlFeatureView> HtmlFeatures,
    IReadOnlyList<LinkView> Links,
    IReadOnlyList<string> Tags,
    bool CanRelease,
    bool CanRequestLinks);
