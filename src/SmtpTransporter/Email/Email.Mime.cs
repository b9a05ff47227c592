using System.Text;
using MimeKit;

// The overloads differ in their first argument, a stream or none: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// Reads a message (RFC 5322, 2045–2049): its headers, and the whole MIME tree in <see cref="BodyStructure"/> and <see cref="BodyValues"/>.
    /// <see cref="TextBody"/>, <see cref="HtmlBody"/> and <see cref="Attachments"/> are views of the tree, and can be changed.
    /// </summary>
    /// <param name="mime">The message, read from the present position to the end; not closed.</param>
    /// <returns>A mail that is apart from the stream.</returns>
    /// <exception cref="FormatException">This is no message.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static Email FromMime(Stream mime)
    {
        ArgumentNullException.ThrowIfNull(mime);
        return MimeReader.Read(mime);
    }

    /// <inheritdoc cref="FromMime(Stream)"/>
    /// <param name="mime">The message.</param>
    public static Email FromMime(byte[] mime)
    {
        ArgumentNullException.ThrowIfNull(mime);
        using var stream = new MemoryStream(mime, writable: false);
        return MimeReader.Read(stream);
    }

    /// <inheritdoc cref="FromMime(Stream)"/>
    /// <param name="mime">The message; what is not ASCII is taken as UTF-8.</param>
    public static Email FromMime(string mime)
    {
        ArgumentNullException.ThrowIfNull(mime);
        return FromMime(Encoding.UTF8.GetBytes(mime));
    }

    /// <summary>The mail as MIME text with CRLF, in 7bit: what <see cref="MailMode.Iso88591"/> has in 8bit is in quoted-printable here.</summary>
    /// <param name="headerCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <returns>The message without Bcc. It needs no sender and no recipient.</returns>
    /// <exception cref="InvalidOperationException">The mail cannot be written; the message names the property.</exception>
    public string ToMime(MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        using var stream = new MemoryStream();
        Write(stream, headerCharset, bodyCharset, sevenBit: true);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes the mail as MIME with CRLF; attachments are streamed.</summary>
    /// <param name="stream">Where to; not closed.</param>
    /// <param name="headerCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <exception cref="InvalidOperationException">The mail cannot be written; the message names the property.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void ToMime(Stream stream, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Write(stream, headerCharset, bodyCharset, sevenBit: false);
    }

    /// <summary>The mail as a message of MimeKit's.</summary>
    /// <param name="headerCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">Default <see cref="MailMode.Utf8"/>.</param>
    /// <returns>A message that the caller owns; it holds the attachments' files open until it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The mail cannot be written; the message names the property.</exception>
    public MimeMessage ToMimeMessage(MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        var open = new List<IDisposable>();
        return Written(headerCharset, bodyCharset, open, MimeKitConverter.ToMessage);
    }

    private void Write(Stream stream, MailMode? headerCharset, MailMode? bodyCharset, bool sevenBit)
    {
        var open = new List<IDisposable>();
        try
        {
            Written(headerCharset, bodyCharset, open, node =>
            {
                MimeWriter.WriteAsync(async: false, node, stream, sevenBit, CancellationToken.None).GetCompletedResult();
                return true;
            });
        }
        finally
        {
            open.ForEach(content => content.Dispose());
        }
    }

    private T Written<T>(MailMode? headerCharset, MailMode? bodyCharset, List<IDisposable> open, Func<MimeNode, T> use)
    {
        var format = new MimeWriteOptions(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8);
        try
        {
            return use(MessageBuilder.Write(EmailValidator.Checked(this), format, TimeProvider.System, open).Message);
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }
}
