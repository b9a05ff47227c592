using System.Text;
using MimeKit;

// The overloads differ in their first argument, a stream or none: no call is ambiguous.
#pragma warning disable RS0026

namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>Reads an email from a MIME message (RFC 5322, RFC 2045 to 2049).</summary>
    /// <param name="mime">The message, read from the current position to the end. It remains open.</param>
    /// <returns>An email that does not depend on the stream.</returns>
    /// <remarks>
    /// <see cref="BodyStructure"/> and <see cref="BodyValues"/> hold the whole MIME tree. <see cref="TextBody"/>, <see cref="HtmlBody"/>
    /// and <see cref="Attachments"/> are views of it, and can be changed. What is not changed is written octet for octet; the email keeps
    /// the octets in memory once, and decodes an attachment whenever it is opened.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="mime"/> is null.</exception>
    /// <exception cref="FormatException">The content is not a valid message.</exception>
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
        return MimeReader.Read((byte[])mime.Clone());
    }

    /// <inheritdoc cref="FromMime(Stream)"/>
    /// <param name="mime">The message; characters that are not ASCII are read as UTF-8.</param>
    public static Email FromMime(string mime)
    {
        ArgumentNullException.ThrowIfNull(mime);
        return MimeReader.Read(Encoding.UTF8.GetBytes(mime));
    }

    /// <inheritdoc cref="FromMime(Stream)"/>
    /// <param name="mime">The message, read asynchronously from the current position to the end. It remains open.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="OperationCanceledException">The caller canceled reading.</exception>
    public static Task<Email> FromMimeAsync(Stream mime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mime);
        return ReadAsync();

        async Task<Email> ReadAsync()
        {
            // The octets are held in memory anyway; parsing them from there blocks no thread.
            using var copy = new MemoryStream();
            await mime.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
            return MimeReader.Read(copy.GetBuffer().AsMemory(0, (int)copy.Length));
        }
    }

    /// <summary>Converts the email to MIME text with CRLF line endings, in 7bit.</summary>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <returns>The message, without Bcc.</returns>
    /// <remarks>
    /// Bodies that <see cref="MailMode.Iso88591"/> sends in 8bit are in quoted-printable here. The email needs no sender and no recipient.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The email is not valid; the message names the property.</exception>
    public string ToMime(MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        using var stream = new MemoryStream();
        WriteAsync(async: false, stream, headerCharset, bodyCharset, sevenBit: true, CancellationToken.None).GetCompletedResult();
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes the email as MIME with CRLF line endings; attachments are streamed.</summary>
    /// <param name="stream">The target. It remains open.</param>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <remarks>
    /// The message has no Bcc. The email needs no sender and no recipient. What was read from MIME and not changed is written octet for
    /// octet, with CRLF, even if no server would accept it.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The email is not valid; the message names the property.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void ToMime(Stream stream, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        WriteAsync(async: false, stream, headerCharset, bodyCharset, sevenBit: false, CancellationToken.None).GetCompletedResult();
    }

    /// <inheritdoc cref="ToMime(Stream, MailMode, MailMode)"/>
    /// <param name="stream">The target, written asynchronously. It remains open.</param>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="cancellationToken">Cancels writing; a part of the message may have been written.</param>
    /// <returns>A task that completes when the message is written.</returns>
    /// <exception cref="OperationCanceledException">The caller canceled writing.</exception>
    public Task ToMimeAsync(
        Stream stream, MailMode? headerCharset = null, MailMode? bodyCharset = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return WriteAsync(async: true, stream, headerCharset, bodyCharset, sevenBit: false, cancellationToken).AsTask();
    }

    /// <summary>Converts the email to a message of MimeKit.</summary>
    /// <param name="headerCharset">The charset of the header. Default <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">The charset of the bodies. Default <see cref="MailMode.Utf8"/>.</param>
    /// <returns>A message that the caller owns; it keeps the attachments' files open until it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The email is not valid; the message names the property.</exception>
    public MimeMessage ToMimeMessage(MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        var open = new List<IDisposable>();
        try
        {
            var node = BuildAsync(async: false, Options(headerCharset, bodyCharset), open, CancellationToken.None).GetCompletedResult();
            var message = MimeKitConverter.ToMessage(node);
            // The attachments were read if the message was: only otherwise does it read them later.
            if (node.HasKept)
                open.ForEach(content => content.Dispose());
            return message;
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }

    private async ValueTask WriteAsync(
        bool async, Stream stream, MailMode? headerCharset, MailMode? bodyCharset, bool sevenBit, CancellationToken cancellationToken)
    {
        var open = new List<IDisposable>();
        try
        {
            var options = Options(headerCharset, bodyCharset) with { KeepsAllOctets = !sevenBit };
            var message = await BuildAsync(async, options, open, cancellationToken).ConfigureAwait(false);
            await MimeWriter.WriteAsync(async, message, stream, sevenBit, cancellationToken).ConfigureAwait(false);
        }
        catch (EmailContentException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
        finally
        {
            open.ForEach(content => content.Dispose());
        }
    }

    private static MimeWriteOptions Options(MailMode? header, MailMode? body) => new(header ?? MailMode.Utf8, body ?? MailMode.Utf8);

    private async ValueTask<MimeNode> BuildAsync(
        bool async, MimeWriteOptions options, List<IDisposable> open, CancellationToken cancellationToken)
    {
        var (message, _) = await MessageBuilder.WriteAsync(
            async, EmailValidator.Checked(this), options, TimeProvider.System, open, cancellationToken).ConfigureAwait(false);
        return message;
    }
}
