using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests;

/// <summary>Emails to enqueue.</summary>
internal static class TestEmail
{
    /// <summary>An email to an address, or to a name at example.org.</summary>
    public static Email To(string recipients) => new()
    {
        From = "shop@example.com",
        To = recipients.Contains('@', StringComparison.Ordinal) ? recipients : $"{recipients}@example.org",
        Subject = "Hello",
        TextBody = "Hello",
    };

    /// <summary>An email of a stream.</summary>
    public static OutboxEmail Of(string? stream, string recipients)
    {
        var email = To(recipients);
        email.Stream = stream;
        return new OutboxEmail(email);
    }

    /// <summary>So many emails, to u0, u1 and so on.</summary>
    public static IEnumerable<OutboxEmail> Many(int count) => Enumerable.Range(0, count).Select(i => new OutboxEmail(To($"u{i}")));

    /// <summary>An email with attachments.</summary>
    public static Email To(string recipients, params byte[][] attachments)
    {
        var email = To(recipients);
        foreach (var attachment in attachments)
            email.Attachments.Add(MailAttachment.FromBytes(attachment, "noise.bin"));
        return email;
    }
}
