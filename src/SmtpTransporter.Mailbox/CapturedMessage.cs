using MimeKit.Text;

namespace SmtpTransport.Mailbox;

/// <summary>A message in a <see cref="MailboxStore"/>. Immutable.</summary>
internal sealed record CapturedMessage(
    string Id,
    string Sender,
    IReadOnlyList<string> Recipients,
    ReadOnlyMemory<byte> Raw,
    DateTimeOffset ReceivedAt,
    string? Path)
{
    private const int PreviewLength = 200;

    public string From { get; private init; } = "";

    public string Subject { get; private init; } = "";

    /// <summary>The beginning of the text.</summary>
    public string Preview { get; private init; } = "";

    public int AttachmentCount { get; private init; }

    public IReadOnlyList<string> Tags { get; private init; } = [];

    public static CapturedMessage Read(
        string id, string sender, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> raw, DateTimeOffset receivedAt, string? path)
    {
        var message = new CapturedMessage(id, sender, recipients, raw, receivedAt, path);
        if (message.Parse() is not { } email)
            return message with { From = sender, Subject = "(unreadable message)" };
        // Not HtmlTextPreviewer: it has no text for HTML without a body tag, and joins the words of adjacent table cells.
        if (email.TextBody is null && email.HtmlBody is not null)
            email.GenerateTextBody();
        return message with
        {
            From = email.From.Count > 0 ? email.From.ToString()! : sender,
            Subject = email.Subject ?? "",
            Preview = new PlainTextPreviewer { MaximumPreviewLength = PreviewLength }.GetPreviewText(email.TextBody ?? ""),
            AttachmentCount = email.Attachments.Count(a => a.Disposition != "inline"),
            Tags = MessageTags.Read(email),
        };
    }

    /// <returns>Null if the bytes are not a valid message.</returns>
    public Email? Parse()
    {
        try
        {
            return Email.FromMime(Raw.ToArray());
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
