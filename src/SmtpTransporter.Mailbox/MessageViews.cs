using MimeKit;

namespace SmtpTransport.Mailbox;

/// <summary>Creates the views of captured messages.</summary>
internal static class MessageViews
{
    public static MessageSummary Summarize(CapturedMessage message, bool isRead) =>
        new(
            message.Id, message.From, message.Recipients, message.Subject, message.Preview, message.ReceivedAt, message.Raw.Length,
            message.AttachmentCount, isRead, message.Tags);

    public static MessageView Create(CapturedMessage message, bool canRelease, bool canRequestLinks)
    {
        var email = message.Parse();
        var html = email?.HtmlBody;
        return new MessageView(
            message.Id, message.Subject, message.From, View(email?.To), View(email?.Cc), View(email?.ReplyTo), message.Sender,
            message.Recipients, message.ReceivedAt, message.Raw.Length, html is not null,
            html is null ? 0 : SafeHtml.Prepare(html, email!.Attachments).RemoteImages, email?.TextBody,
            ReadHeaders(message), email is null ? [] : [.. email.Attachments.Select(View)],
            email is null ? [Unreadable()] : Analyze(email, message), html is null ? [] : HtmlCheck.Find(html),
            email is null ? [] : LinkCheck.Find(email), message.Tags, canRelease, canRequestLinks);
    }

    public static string? GetHtml(CapturedMessage message, bool withRemoteImages) =>
        message.Parse() is { HtmlBody: { } html } email ? SafeHtml.Prepare(html, email.Attachments, withRemoteImages).Html : null;

    private static IReadOnlyList<string> View(EmailAddresses? addresses) =>
        addresses is null ? [] : [.. addresses.Select(a => a.ToString())];

    public static AttachmentView View(MailAttachment attachment, int number) =>
        new(number, attachment.Name, attachment.Type, attachment.GetContent().LongLength, attachment.Cid, attachment.Disposition);

    public static DiagnosticView View(EmailDiagnostic diagnostic) =>
        new(diagnostic.Code, diagnostic.Severity.ToString(), diagnostic.Property, diagnostic.Message);

    private static DiagnosticView Unreadable() =>
        new("unreadable", nameof(DiagnosticSeverity.Error), "", "The message cannot be parsed. See its source.");

    private static List<HeaderView> ReadHeaders(CapturedMessage message)
    {
        using var stream = new MemoryStream(message.Raw.ToArray(), writable: false);
        try
        {
            return [.. MimeMessage.Load(stream).Headers.Select(h => new HeaderView(h.Field, h.Value))];
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static List<DiagnosticView> Analyze(Email email, CapturedMessage message)
    {
        // Bcc recipients are in the envelope only.
        if (email.To.Count + email.Cc.Count == 0)
            email.Bcc = new EmailAddresses(message.Recipients.Select(r => new EmailAddress(r)));
        return [.. email.Analyze().Select(View)];
    }
}
