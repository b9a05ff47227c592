using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Creates the parts that are not a multipart: texts in the charset and encoding of the options, and attachments.</summary>
/// <param name="async">Whether attachments that must be read now are read without blocking a thread.</param>
/// <param name="options">How the parts are written.</param>
/// <param name="open">Receives the attachments that are opened.</param>
/// <param name="cancellationToken">Cancels reading attachments.</param>
internal sealed class MimePartFactory(bool async, MimeWriteOptions options, List<IDisposable> open, CancellationToken cancellationToken)
{
    /// <summary>Creates a text of an email without a <see cref="Email.BodyStructure"/>.</summary>
    public MimeNode CreateText(string type, string text)
    {
        var normalized = TextLines.WithCrlf(text);
        var (charset, encoding) = options.Body.ForBody(normalized);
        var bytes = charset.Encoding.GetBytes(normalized);
        return CreateText($"{type}; charset={charset.Label}", bytes, TextLines.CanCarry(encoding, bytes) ? encoding : options.Body.Armour);
    }

    /// <summary>Creates a text of the tree, in the charset and the encoding of the part if they can carry it.</summary>
    public MimeNode CreateText(MailPart part, string text)
    {
        var normalized = TextLines.WithCrlf(text);
        var (charset, encoding) = options.Body.ForBody(normalized);
        var (label, bytes) = (charset.Label, charset.Encoding.GetBytes(normalized));
        if (part.Charset is not null && TryEncode(part.Charset, normalized) is { } encoded)
        {
            (label, bytes) = (part.Charset, encoded);
            encoding = Ascii.IsValid(bytes) ? ContentEncoding.SevenBit : options.Body.Armour;
        }
        encoding = WantedEncoding(part) ?? encoding;
        if (!TextLines.CanCarry(encoding, bytes))
            encoding = options.Body.Armour;
        var parameters = part.Parameters.Append(KeyValuePair.Create("charset", label));
        var node = CreateText(MimePartFields.Type(MediaTypes.Parse(part), parameters, part.Name, options), bytes, encoding);
        MimePartFields.Add(node, part, options);
        return node;
    }

    /// <summary>Creates a part from an attachment.</summary>
    /// <exception cref="EmailContentException">The attachment cannot be opened or read.</exception>
    public async ValueTask<MimeNode> CreateAttachmentAsync(MailAttachment attachment)
    {
        var type = MediaTypes.Parse(attachment);
        var node = await CreateContentAsync(attachment, type).ConfigureAwait(false);
        var parameters = type.Parameters.Where(p => p.Name is not "name").Select(p => KeyValuePair.Create(p.Name, p.Value));
        MimePartFields.AddType(node, MimePartFields.Type(type, parameters, attachment.Name, options));
        MimePartFields.AddDisposition(node, attachment.Disposition, attachment.Name, options);
        MimePartFields.AddContentId(node, attachment.Cid);
        return node;
    }

    /// <summary>Creates a part of the tree that has an attachment.</summary>
    /// <exception cref="EmailContentException">The attachment cannot be opened or read.</exception>
    public async ValueTask<MimeNode> CreateAttachmentAsync(MailPart part)
    {
        var type = MediaTypes.Parse(part);
        var node = await CreateContentAsync(part.Attachment!, type).ConfigureAwait(false);
        var parameters = part.Charset is null ? part.Parameters : part.Parameters.Append(KeyValuePair.Create("charset", part.Charset));
        MimePartFields.AddType(node, MimePartFields.Type(type, parameters, part.Name, options));
        MimePartFields.Add(node, part, options);
        return node;
    }

    private static ContentEncoding? WantedEncoding(MailPart part) =>
        part.Encoding is not null
        && Enum.TryParse<ContentEncoding>(part.Encoding.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var wanted)
            ? wanted
            : null;

    private static MimeNode CreateText(string type, byte[] bytes, ContentEncoding encoding)
    {
        var node = new MimeNode
        {
            Encoding = encoding,
            Octets = encoding switch
            {
                ContentEncoding.QuotedPrintable => TransferEncodings.QuotedPrintable(bytes),
                ContentEncoding.Base64 => TransferEncodings.Base64(bytes),
                _ => bytes,
            },
        };
        MimePartFields.AddType(node, type);
        return node;
    }

    private async ValueTask<MimeNode> CreateContentAsync(MailAttachment attachment, ContentType type)
    {
        var label = attachment.Path ?? attachment.Name;
        AttachmentContent content;
        try
        {
            content = new AttachmentContent(attachment.Open(), label, attachment.LeavesOpen);
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(label, exception);
        }
        open.Add(content);
        var isHeaders = type.IsMimeType("text", "rfc822-headers");
        if (!type.IsMimeType("message", "*") && !isHeaders)
            return new MimeNode { Encoding = ContentEncoding.Base64, Content = content };

        var bytes = await ReadAsync(content).ConfigureAwait(false);
        // RFC 2046, section 5.2.1: a message inside a message must not be encoded. If it is not a message, or a server could
        // misread it, it is encoded like any other attachment.
        if (type.IsMimeType("message", "rfc822") && bytes.Length > 0 && TextLines.AreLines(bytes) && IsMessage(bytes, label))
        {
            bytes = TextLines.WithCrlf(bytes);
            var encoding = Ascii.IsValid(bytes) ? ContentEncoding.SevenBit : ContentEncoding.EightBit;
            return new MimeNode { IsMessage = true, Encoding = encoding, Octets = bytes };
        }
        // RFC 3464, 6522 and others: a report for programs must be 7bit if possible.
        return TextLines.CanCarry(ContentEncoding.SevenBit, bytes)
            ? new MimeNode { Encoding = ContentEncoding.SevenBit, Octets = TextLines.WithCrlf(bytes) }
            : new MimeNode { Encoding = ContentEncoding.Base64, Content = content };
    }

    private async ValueTask<byte[]> ReadAsync(AttachmentContent content)
    {
        using var bytes = new MemoryStream();
        if (async)
            await content.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        else
            content.CopyTo(bytes);
        content.Position = 0;
        return bytes.ToArray();
    }

    private static bool IsMessage(byte[] bytes, string label)
    {
        try
        {
            using var message = MimeMessage.Load(new MemoryStream(bytes, writable: false));
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(label, exception);
        }
    }

    private static byte[]? TryEncode(string charset, string text)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            var bytes = encoding.GetBytes(text);
            // RFC 2046, section 4.1.1: the line ends of a text are the bytes CR LF, which UTF-16 and UTF-32 never have.
            return encoding.GetString(bytes) == text && encoding.GetBytes("\r\n") is [(byte)'\r', (byte)'\n'] ? bytes : null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, but disabled.
            return null;
        }
    }
}
