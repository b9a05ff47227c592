namespace SmtpTransport.Mailbox;

/// <summary>A template on the page, rendered now. The version changes if what is shown has changed.</summary>
internal sealed record PreviewView(
    string Name,
    string Version,
    string? Error,
    string? Subject,
    bool HasHtml,
    string? Text,
    IReadOnlyList<AttachmentView> Attachments,
    IReadOnlyList<DiagnosticView> Diagnostics);
