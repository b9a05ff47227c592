using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Writes parts that are no multipart: texts in the charset and encoding of the mail's mode, and attachments.</summary>
internal sealed class MimePartFactory(MimeWriteOptions format, List<IDisposable> open)
{
    // Written from the part's own properties.
    private static readonly string[] OwnFields =
        ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Content-Language", "Content-Location", "MIME-Version"];

    public MimeNode Text(string type, string text)
    {
        var normalized = WithCrlf(text);
        var (charset, encoding) = format.Body.ForBody(normalized);
        var octets = charset.Encoding.GetBytes(normalized);
        return Text($"{type}; charset={charset.Label}", octets, Carries(encoding, octets) ? encoding : format.Body.Armour);
    }

    public MimeNode Text(MailPart source, string text)
    {
        var normalized = WithCrlf(text);
        var (charset, encoding) = format.Body.ForBody(normalized);
        var (label, octets) = (charset.Label, charset.Encoding.GetBytes(normalized));
        if (source.Charset is not null && InCharset(source.Charset, normalized) is { } kept)
        {
            (label, octets) = (source.Charset, kept);
            encoding = Ascii.IsValid(octets) ? ContentEncoding.SevenBit : format.Body.Armour;
        }
        if (source.Encoding is not null && Enum.TryParse<ContentEncoding>(source.Encoding.Replace("-", "", StringComparison.Ordinal), true, out var wanted))
            encoding = Carries(wanted, octets) ? wanted : format.Body.Armour;
        else if (!Carries(encoding, octets))
            encoding = format.Body.Armour;
        var node = Text(Type(EmailValidator.Type(source), [.. source.Parameters, KeyValuePair.Create("charset", label)], source.Name), octets, encoding);
        WriteFields(node, source);
        return node;
    }

    public MimeNode Attachment(MailAttachment attachment)
    {
        var type = EmailValidator.Type(attachment);
        var node = Blob(attachment, type, type.Parameters.Where(p => p.Name is not "name").Select(p => KeyValuePair.Create(p.Name, p.Value)), attachment.Name);
        WriteDisposition(node, attachment.Disposition, attachment.Name);
        WriteCid(node, attachment.Cid);
        return node;
    }

    public MimeNode Attachment(MailPart source)
    {
        var parameters = source.Charset is null ? source.Parameters : source.Parameters.Append(KeyValuePair.Create("charset", source.Charset));
        var node = Blob(source.Attachment!, EmailValidator.Type(source), parameters, source.Name);
        WriteFields(node, source);
        return node;
    }

    /// <summary>The fields of a part beside its type and its encoding.</summary>
    public void WriteFields(MimeNode node, MailPart source)
    {
        if (source.Disposition is not null)
            WriteDisposition(node, source.Disposition, source.Name);
        WriteCid(node, source.Cid);
        Write("Content-Language", source.Language.Count == 0 ? null : string.Join(", ", source.Language));
        Write("Content-Location", source.Location);
        foreach (var header in source.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !OwnFields.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
                Write(header.Name, header.Value);
        }

        void Write(string field, string? value)
        {
            if (value is not null)
                node.Add(field, HeaderText.Unstructured(field, value, format.Header));
        }
    }

    private static MimeNode Text(string type, byte[] octets, ContentEncoding encoding)
    {
        var node = new MimeNode
        {
            Encoding = encoding,
            Octets = encoding switch
            {
                ContentEncoding.QuotedPrintable => MimeWriter.QuotedPrintable(octets),
                ContentEncoding.Base64 => InBase64(octets),
                _ => octets,
            },
        };
        WriteType(node, type);
        return node;
    }

    private MimeNode Blob(MailAttachment attachment, ContentType type, IEnumerable<KeyValuePair<string, string>> parameters, string? name)
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
        var node = Blob(content, label, type);
        WriteType(node, Type(type, parameters, name));
        return node;
    }

    private static MimeNode Blob(AttachmentContent content, string label, ContentType type)
    {
        // RFC 2046, section 5.2.1: a message inside a message must not be encoded. What is none, or must not go to a server as it is, is all the same.
        if (type.IsMimeType("message", "rfc822") && Bytes(content) is { Length: > 0 } message && AreLines(message) && IsMessage(message, label))
        {
            message = WithCrlf(message);
            return new MimeNode { IsMessage = true, Encoding = Ascii.IsValid(message) ? ContentEncoding.SevenBit : ContentEncoding.EightBit, Octets = message };
        }
        // RFC 3464, 6522 and others: a report for programs must be 7bit where it can.
        if ((type.IsMimeType("message", "*") || type.IsMimeType("text", "rfc822-headers")) && Bytes(content) is var octets && Carries(ContentEncoding.SevenBit, octets))
            return new MimeNode { Encoding = ContentEncoding.SevenBit, Octets = WithCrlf(octets) };
        return new MimeNode { Encoding = ContentEncoding.Base64, Content = content };
    }

    private static bool IsMessage(byte[] octets, string label)
    {
        try
        {
            using var message = MimeMessage.Load(new MemoryStream(octets, writable: false));
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

    private static byte[] Bytes(Stream content)
    {
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        content.Position = 0;
        return bytes.ToArray();
    }

    private static byte[]? InCharset(string charset, string text)
    {
        try
        {
            var encoding = Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            var bytes = encoding.GetBytes(text);
            // RFC 2046, section 4.1.1: a text's line ends are the octets CR LF, which UTF-16 and UTF-32 have in no text.
            return encoding.GetString(bytes) == text && encoding.GetBytes("\r\n") is [(byte)'\r', (byte)'\n'] ? bytes : null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // UTF-7 is known, and switched off.
            return null;
        }
    }

    /// <summary>
    /// Whether the encoding takes the bytes as they are: RFC 5322, section 2.1.1 (short lines, no NUL), and no line that an mbox would take for
    /// the next mail.
    /// </summary>
    private static bool Carries(ContentEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding is ContentEncoding.QuotedPrintable or ContentEncoding.Base64)
            return true;
        if (encoding is not (ContentEncoding.SevenBit or ContentEncoding.EightBit) || (encoding == ContentEncoding.SevenBit && !Ascii.IsValid(bytes)))
            return false;
        return !bytes.StartsWith("From "u8) && bytes.IndexOf("\nFrom "u8) < 0 && AreLines(bytes);
    }

    /// <summary>RFC 5322, sections 2.1.1 and 2.3: no line is too long, and nothing but line ends has a CR. A lone LF is made one by whoever writes.</summary>
    private static bool AreLines(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            if (end >= 0 && line.EndsWith("\r"u8))
                line = line[..^1];
            if (line.Length > 998 || line.ContainsAny((byte)0, (byte)'\r'))
                return false;
            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }
        return true;
    }

    private string Type(ContentType type, IEnumerable<KeyValuePair<string, string>> parameters, string? name) => ParameterText.Write(
        "Content-Type", $"{type.MediaType}/{type.MediaSubtype}", name is null ? parameters : parameters.Append(KeyValuePair.Create("name", name)), format);

    /// <summary>The type, and the encoding, which a message inside a message does not have.</summary>
    private static void WriteType(MimeNode node, string type)
    {
        node.Add("Content-Type", type);
        if (node.IsMessage)
            return;
        node.Add("Content-Transfer-Encoding", node.Encoding switch
        {
            ContentEncoding.SevenBit => "7bit",
            ContentEncoding.EightBit => "8bit",
            ContentEncoding.QuotedPrintable => "quoted-printable",
            _ => "base64",
        });
    }

    private void WriteDisposition(MimeNode node, string disposition, string? name) => node.Add(
        "Content-Disposition", ParameterText.Write("Content-Disposition", disposition, name is null ? [] : [KeyValuePair.Create("filename", name)], format));

    private static void WriteCid(MimeNode node, string? cid)
    {
        if (cid is not null)
            node.Add("Content-ID", $"<{cid}>");
    }

    private static byte[] InBase64(ReadOnlySpan<byte> octets)
    {
        var lines = new byte[MimeWriter.Base64Length(octets.Length)];
        MimeWriter.Base64(octets, lines);
        return lines;
    }

    /// <summary>CRLF for every line end, a lone CR or LF included: what a server could take for the end of the message must not pass.</summary>
    private static string WithCrlf(string text)
    {
        for (var rest = text.AsSpan(); rest.IndexOfAny('\r', '\n') is var end and >= 0; rest = rest[(end + 2)..])
        {
            if (rest[end] != '\r' || end + 1 == rest.Length || rest[end + 1] != '\n')
                return text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);
        }
        return text;
    }

    /// <summary>The same for octets that have no lone CR.</summary>
    private static byte[] WithCrlf(byte[] octets)
    {
        using var lines = new MemoryStream(octets.Length);
        for (var i = 0; i < octets.Length; i++)
        {
            if (octets[i] == (byte)'\n' && (i == 0 || octets[i - 1] != (byte)'\r'))
                lines.WriteByte((byte)'\r');
            lines.WriteByte(octets[i]);
        }
        return lines.ToArray();
    }
}
