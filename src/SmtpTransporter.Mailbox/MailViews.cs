using MimeKit;

namespace SmtpTransport.Mailbox;

/// <summary>Makes what the page shows of captured mails.</summary>
internal static class MailViews
{
    public static MailLine Line(CapturedMail mail) =>
        new(mail.Id, mail.From, mail.Recipients, mail.Subject, mail.Preview, mail.ReceivedAt, mail.Raw.Length, mail.AttachmentCount);

    public static MailView View(CapturedMail mail)
    {
        var email = mail.Parse();
        var html = email?.HtmlBody;
        return new MailView(
            mail.Id, mail.Subject, mail.From, mail.Sender, mail.Recipients, mail.ReceivedAt, mail.Raw.Length,
            html is not null, html is null ? 0 : SafeHtml.Of(html, email!.Attachments).RemoteImages, email?.TextBody,
            Headers(mail),
            email is null ? [] : [.. email.Attachments.Select((a, i) => new AttachmentView(i, a.Name, a.Type, a.GetContent().LongLength, a.Cid, a.Disposition))],
            email is null ? [new FindingView("unreadable", "Error", "", "This is no mail that can be read; see its source.")] : Findings(email, mail));
    }

    public static string? Html(CapturedMail mail) =>
        mail.Parse() is { HtmlBody: { } html } email ? SafeHtml.Of(html, email.Attachments).Html : null;

    private static List<HeaderView> Headers(CapturedMail mail)
    {
        using var stream = new MemoryStream(mail.Raw.ToArray(), writable: false);
        try
        {
            return [.. MimeMessage.Load(stream).Headers.Select(h => new HeaderView(h.Field, h.Value))];
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private static List<FindingView> Findings(Email email, CapturedMail mail)
    {
        // Hidden recipients are in the envelope alone.
        if (email.To.Count + email.Cc.Count == 0)
            email.Bcc = new EmailAddresses(mail.Recipients.Select(r => new EmailAddress(r)));
        return [.. email.Check().Select(f => new FindingView(f.Code, f.Severity.ToString(), f.Property, f.Message))];
    }
}
