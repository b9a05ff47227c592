using System.Globalization;
using System.Text;
using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>
/// A mail as text that is the same in each run, to compare with an approved file (with Verify, ApprovalTests or a plain file): the date, the
/// Message-ID and the boundaries of its parts are fixed, where the mail does not set them itself; line ends are LF.
/// </summary>
public static class EmailSnapshot
{
    /// <summary>The date of a mail that has none of its own.</summary>
    public static readonly DateTimeOffset Date = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The text of a mail.</summary>
    /// <param name="email">The mail; it is not changed.</param>
    /// <param name="headerCharset">How its headers are written; null for <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">How its bodies are written; null for <see cref="MailMode.Utf8"/>.</param>
    /// <exception cref="InvalidOperationException">The mail cannot be written.</exception>
    public static string Create(Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        var hasDate = email.SendAt is not null || email.Headers.Any(h => "Date".Equals(h.Name, StringComparison.OrdinalIgnoreCase));
        var hasId = email.MessageId is not null || email.Headers.Any(h => "Message-ID".Equals(h.Name, StringComparison.OrdinalIgnoreCase));
        return Create(email.ToMimeMessage(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8), !hasDate, !hasId);
    }

    /// <summary>The text of a mail that the <see cref="SmtpTestServer"/> has received; date, Message-ID and boundaries are all fixed.</summary>
    /// <param name="message">The mail.</param>
    public static string Create(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var stream = new MemoryStream(message.Raw.ToArray());
        return Create(MimeMessage.Load(stream), fixDate: true, fixId: true);
    }

    private static string Create(MimeMessage message, bool fixDate, bool fixId)
    {
        if (fixDate)
            message.Headers[HeaderId.Date] = Date.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        if (fixId)
            message.Headers[HeaderId.MessageId] = $"<1@{message.MessageId?.Split('@').Last() ?? "localhost"}>";
        var number = 0;
        Fix(message.Body);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Unix;
        using var stream = new MemoryStream();
        message.WriteTo(format, stream);
        return Encoding.UTF8.GetString(stream.ToArray());

        void Fix(MimeEntity? part)
        {
            if (part is not Multipart multipart)
                return;
            multipart.Boundary = string.Create(CultureInfo.InvariantCulture, $"=-{++number}");
            foreach (var child in multipart)
                Fix(child);
        }
    }
}
