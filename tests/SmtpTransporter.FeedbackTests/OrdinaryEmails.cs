using System.Globalization;

namespace SmtpTransport.FeedbackTests;

/// <summary>Emails that are not reports, made over the features of the library, and replies of programs.</summary>
internal static class OrdinaryEmails
{
    // What people write of, in words that reports have, too.
    private static readonly string[] Subjects =
    [
        "Your order 17", "Delivery of your parcel failed", "Undelivered: your parcel", "Failure notice for pump 3", "Returned goods",
        "Mailbox full of offers", "Re: Undelivered Mail Returned to Sender", "Status of your delivery", "Your message to our team",
        "Weekly report", "Quota exceeded on server 4", "User unknown?", "Warning: message from the board", "Meeting on Monday",
        "Password reset", "Außerordentliche Sitzung", "会議のお知らせ", "How to unsubscribe from life's noise", "Delivery Status", "",
    ];

    private static readonly string[] Texts =
    [
        "Thank you for your order.\n",
        "The parcel for ann@example.org could not be delivered: address unknown. Please call us.\n",
        "Hello Ann,\n\nmy last email to Bob came back:\n\n> 550 5.1.1 <bob@example.org>: user unknown\n\nWhere is he?\n",
        "<ann@example.org>:\nplease read this.\n\n--- Below this line is a copy of the contract.\n",
        "To unsubscribe, write to unsubscribe@shop.example.\n",
    ];

    public static IEnumerable<Email> All =>
        Subjects.SelectMany((subject, s) => Texts.Select((text, t) => Create(subject, text, s * Texts.Length + t)));

    public static IEnumerable<Email> AutomaticReplies
    {
        get
        {
            string[] subjects =
            [
                "Automatic reply: Your order 17", "Out of office", "Abwesenheitsnotiz", "Réponse automatique : order", "自動返信",
                "Undeliverable hours", "Re: Your order 17",
            ];
            EmailHeader[] signs =
                [new("Auto-Submitted", "auto-replied"), new("X-Autoreply", "yes"), new("Precedence", "auto_reply")];
            var texts = new[]
            {
                "I am away until Monday. Your message was not read. If it fails to reach me, write to\nbob@example.org",
                "The user is no longer here: unknown user.",
            };
            foreach (var (subject, s) in subjects.Select((subject, s) => (subject, s)))
            {
                foreach (var sign in signs)
                    yield return Reply(subject, texts[s % 2], sign);
            }
            yield return Reply("Out of office", texts[0], new EmailHeader("X-Autoreply-From", "ann@example.org"));
            yield return Reply("Automatic reply: Your order 17", texts[1], new EmailHeader("Auto-Submitted", "auto-generated"));
        }
    }

    private static Email Reply(string subject, string text, EmailHeader sign) => new()
    {
        From = "Ann <ann@example.org>",
        To = "bounces@shop.example",
        Subject = subject,
        TextBody = text,
        Headers = { sign },
        InReplyTo = "order-17@shop.example",
        References = { "order-17@shop.example" },
    };

    private static MailAttachment Attach(byte[] content, string type) => MailAttachment.FromBytes(content, "attached", type: type);

    private static Email Create(string subject, string text, int number)
    {
        var email = new Email
        {
            From = "The shop <orders@shop.example>",
            To = "Ann <ann@example.org>",
            Subject = subject,
            TextBody = text,
        };
        switch (number % 12)
        {
            case 0: email.HtmlBody = $"<p>{System.Net.WebUtility.HtmlEncode(text)}</p>"; break;
            case 1: email.TextBody = null; email.HtmlBody = "<p>The message could not be delivered to <b>ann@example.org</b></p>"; break;
            case 2: email.Attachments.Add(MailAttachment.FromBytes("%PDF"u8.ToArray(), "failure.pdf")); break;
            case 3: email.Headers.Add(new EmailHeader("Auto-Submitted", "auto-generated")); break;
            case 4: email.Headers.Add(new EmailHeader("Precedence", "bulk")); break;
            case 5: email.AddListUnsubscribe(new Uri("https://shop.example/u/17"), "unsubscribe@shop.example"); break;
            case 6: email.Priority = MailPriority.High; break;
            case 7: email.Attachments.Add(Attach(FormFile.Read("dsn-failed"), "message/rfc822")); break;
            case 8: email.Attachments.Add(Attach("Action: failed\n"u8.ToArray(), "message/delivery-status")); break;
            case 9: email.Headers.Add(new EmailHeader("X-Auto-Response-Suppress", "All")); break;
            case 10: email.Cc = "team@example.org"; email.ReplyTo = "help@shop.example"; break;
            default: email.Headers.Add(new EmailHeader("Return-Path", "<orders@shop.example>")); break;
        }
        email.Keywords.Add(number.ToString(CultureInfo.InvariantCulture));
        return email;
    }
}
