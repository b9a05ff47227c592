using System.Globalization;
using System.Text;
using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>Writes an email as text that is the same in every run, to be compared with an approved file.</summary>
/// <remarks>
/// <para>Works with Verify, ApprovalTests or a plain file. The boundaries of the parts are numbered, and the line ends are LF. The date and
/// the Message-ID are fixed, unless the email sets them.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
public static class EmailSnapshot
{
    /// <summary>The date in the snapshot of an email that sets none: 2001-01-01 00:00:00 UTC.</summary>
    public static readonly DateTimeOffset Date = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Creates the snapshot of an email.</summary>
    /// <remarks>Date and Message-ID are fixed only if the email does not set them.</remarks>
    /// <param name="email">The email; it is not changed.</param>
    /// <param name="headerCharset">How its headers are written; null (default) for <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">How its bodies are written; null (default) for <see cref="MailMode.Utf8"/>.</param>
    /// <returns>The message as text, with LF as line ends.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The email is not valid, or a file of it cannot be read.</exception>
    public static string Create(Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        var hasDate = email.SendAt is not null || HasHeader(email, "Date");
        var hasId = email.MessageId is not null || HasHeader(email, "Message-ID");
        return Create(email.ToMimeMessage(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8), !hasDate, !hasId);
    }

    /// <summary>Creates the snapshot of a message that the <see cref="SmtpTestServer"/> has received.</summary>
    /// <remarks>Date, Message-ID and boundaries are all fixed.</remarks>
    /// <param name="message">The message; it is not changed.</param>
    /// <returns>The message as text, with LF as line ends.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="FormatException">The bytes are not a valid message.</exception>
    public static string Create(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var stream = new MemoryStream(message.Raw.ToArray());
        return Create(MimeMessage.Load(stream), fixDate: true, fixId: true);
    }

    private static bool HasHeader(Email email, string name) =>
        email.Headers.Any(h => name.Equals(h.Name, StringComparison.OrdinalIgnoreCase));

    private static string Create(MimeMessage message, bool fixDate, bool fixId)
    {
        if (fixDate)
            message.Headers[HeaderId.Date] = Date.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        if (fixId)
            message.Headers[HeaderId.MessageId] = $"<1@{message.MessageId?.Split('@').Last() ?? "localhost"}>";
        var number = 0;
        NumberBoundaries(message.Body);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Unix;
        using var stream = new MemoryStream();
        message.WriteTo(format, stream);
        return Encoding.UTF8.GetString(stream.ToArray());

        void NumberBoundaries(MimeEntity? part)
        {
            if (part is not Multipart multipart)
                return;
            multipart.Boundary = string.Create(CultureInfo.InvariantCulture, $"=-{++number}");
            foreach (var child in multipart)
                NumberBoundaries(child);
        }
    }
}
