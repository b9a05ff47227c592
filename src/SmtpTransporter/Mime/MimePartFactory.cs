using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Creates the parts that are not a multipart: texts in the charset and encoding of the options, and attachments.</summary>
/// <param name="async">Whether attachments that must be read now are read without blocking a thread.</param>
/// <param name="email">The email that the parts belong to.</param>
/// <param name="options">How the parts are written.</param>
/// <param name="open">Receives the attachments that are opened.</param>
/// <param name="cancellationToken">Cancels reading attachments.</param>
internal sealed class MimePartFactory(
    bool async, Email email, MimeWriteOptions options, List<IDisposable> open, CancellationToken cancellationToken)
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
        var name = attachment.Name;
        if (IsFileInstead(type, node))
            (type, name) = (MediaTypes.File, MessageFileName(type, name));
        var parameters = type.Parameters.Where(p => p.Name is not "name").Select(p => KeyValuePair.Create(p.Name, p.Value));
        MimePartFields.AddType(node, MimePartFields.Type(type, parameters, name, options));
        MimePartFields.AddDisposition(node, attachment.Disposition, name, options);
        MimePartFields.AddContentId(node, attachment.Cid);
        return node;
    }

    /// <summary>Creates a part of the tree that has an attachment.</summary>
    /// <exception cref="EmailContentException">The attachment cannot be opened or read.</exception>
    public async ValueTask<MimeNode> CreateAttachmentAsync(MailPart part)
    {
        var type = MediaTypes.Parse(part);
        var node = await CreateContentAsync(part.Attachment!, type).ConfigureAwait(false);
        if (IsFileInstead(type, node))
        {
            part = part.Copy();
            part.Name = MessageFileName(type, part.Name ?? part.Attachment!.Name);
            part.Charset = null;
            part.Parameters.Clear();
            type = MediaTypes.File;
        }
        var parameters = part.Charset is null ? part.Parameters : part.Parameters.Append(KeyValuePair.Create("charset", part.Charset));
        MimePartFields.AddType(node, MimePartFields.Type(type, parameters, part.Name, options));
        MimePartFields.Add(node, part, options);
        return node;
    }

    // RFC 2045, section 6.4: only 7bit and 8bit are allowed for a message, except for the types of RFC 6532. One that cannot be sent
    // unencoded remains the same bytes as a file.
    private static bool IsFileInstead(ContentType type, MimeNode node) =>
        node.Encoding == ContentEncoding.Base64
        && type.IsMimeType("message", "*")
        && !type.MediaSubtype.StartsWith("global", StringComparison.OrdinalIgnoreCase);

    // Mail clients open a file as a message by its extension.
    private static string MessageFileName(ContentType type, string name) =>
        type.IsMimeType("message", "rfc822") && !Path.HasExtension(name) ? name + ".eml" : name;

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
        AttachmentContent content;
        try
        {
            content = new AttachmentContent(
                await attachment.OpenAsync(async, cancellationToken).ConfigureAwait(false), email, attachment);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
        }
        open.Add(content);
        var isHeaders = type.IsMimeType("text", "rfc822-headers");
        if (!type.IsMimeType("message", "*") && !isHeaders)
            return new MimeNode { Encoding = ContentEncoding.Base64, Content = content };

        var bytes = await ReadAsync(content).ConfigureAwait(false);
        // RFC 2046, section 5.2.1: a message inside a message must not be encoded.
        if (type.IsMimeType("message", "rfc822") && bytes.Length > 0 && TextLines.AreLines(bytes) && IsMessage(bytes, attachment))
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

    private bool IsMessage(byte[] bytes, MailAttachment attachment)
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
            throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
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
