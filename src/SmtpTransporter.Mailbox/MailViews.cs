using MimeKit;

namespace SmtpTransport.Mailbox;

/// <summary>Makes what the page shows of captured mails.</summary>
internal static class MailViews
{
    public static MailLine Line(CapturedMail message) =>
        new(message.Id, message.From, message.Recipients, message.Subject, message.Preview, message.ReceivedAt, message.Raw.Length, message.AttachmentCount);

    public static MailView View(CapturedMail message)
    {
        var email = message.Parse();
        var html = email?.HtmlBody;
        return new MailView(
            message.Id, message.Subject, message.From, message.Sender, message.Recipients, message.ReceivedAt, message.Raw.Length,
            html is not null, html is null ? 0 : SafeHtml.Of(html, email!.Attachments).RemoteImages, email?.TextBody,
            Headers(message),
            email is null ? [] : [.. email.Attachments.Select((a, i) => new AttachmentView(i, a.Name, a.Type, a.GetContent().LongLength, a.Cid, a.Disposition))],
            email is null ? [new FindingView("unreadable", "Error", "", "This is no mail that can be read; see its source.")] : Findings(email, message));
    }

    public static string? Html(CapturedMail message) =>
        message.Parse() is { HtmlBody: { } html } email ? SafeHtml.Of(html, email.Attachments).Html : null;

    private static List<HeaderView> Headers(CapturedMail message)
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

    private static List<FindingView> Findings(Email email, CapturedMail message)
    {
        // Hidden recipients are in the envelope alone.
        if (email.To.Count + email.Cc.Count == 0)
            email.Bcc = new EmailAddresses(message.Recipients.Select(r => new EmailAddress(r)));
        return [.. email.Analyze().Select(f => new FindingView(f.Code, f.Severity.ToString(), f.Property, f.Message))];
    }
}
