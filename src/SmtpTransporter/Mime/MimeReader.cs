using MimeKit;
using MimeKit.Utils;

namespace SmtpTransport;

/// <summary>
/// Reads a MIME message into an email. The email keeps the octets once: each part refers to its own, and an attachment is decoded when it
/// is opened.
/// </summary>
internal sealed class MimeReader
{
    private readonly ReadOnlyMemory<byte> _octets;
    private readonly Dictionary<MimeEntity, MimeEntityEndEventArgs> _ends = new(ReferenceEqualityComparer.Instance);
    private readonly Email _email = new() { BodyValues = new Dictionary<string, MailBodyValue>() };
    private int _lastPart;
    private bool _hasCalendar;

    private MimeReader(ReadOnlyMemory<byte> octets) => _octets = octets;

    /// <summary>Reads a message from the current position of a stream to its end.</summary>
    /// <exception cref="FormatException">The stream does not contain a message.</exception>
    public static Email Read(Stream stream)
    {
        using var copy = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, Array.MaxLength) : 0);
        stream.CopyTo(copy);
        return Read(copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }

    /// <summary>Reads a message.</summary>
    /// <param name="octets">The message, which must not be changed afterwards.</param>
    /// <exception cref="FormatException">It is not a message.</exception>
    public static Email Read(ReadOnlyMemory<byte> octets)
    {
        var reader = new MimeReader(octets);
        using var stream = TransferEncodings.Open(octets);
        var parser = new MimeParser(stream, MimeFormat.Entity, persistent: true);
        parser.MimeEntityEnd += (_, end) => reader._ends[end.Entity] = end;
        using var message = parser.ParseMessage();
        return reader.Read(message);
    }

    private Email Read(MimeMessage message)
    {
        _email.Size = _octets.Length;
        var end = _ends[message.Body!];
        _email.ReceivedHeader = Slice(0, end.HeadersEndOffset);
        HeaderReader.Read(_email.ReceivedHeader, _email);
        _email.BodyStructure = Part(message.Body!, new Place(1, 0, ""));
        return _email;
    }

    private MailPart Part(MimeEntity entity, Place place)
    {
        var part = ReadProperties(entity);
        ReadHeaders(entity, part);
        var isRoot = place.Level == 1;
        var end = _ends[entity];
        var header = Slice(isRoot ? 0 : end.BeginOffset, end.HeadersEndOffset);
        var content = Slice(end.HeadersEndOffset, end.EndOffset);
        var gaps = new List<ReadOnlyMemory<byte>>();
        if (entity is Multipart { Count: > 0, Boundary.Length: > 0 } multipart && place.Level < BodyTexts.MaxLevels)
            gaps = ReadSubParts(part, multipart, place.Level);
        else
            ReadLeaf(part, entity, content, place);
        part.Received = new ReceivedPart(part, part.PartId is { } id && _email.BodyValues!.TryGetValue(id, out var text) ? text : null)
        {
            Header = isRoot ? HeaderOctets.OfPart(header) : header,
            Content = content,
            IsRoot = isRoot,
            IsBinary = EncodingOf(entity) is var encoding && (encoding == ContentEncoding.Binary
                || (encoding is ContentEncoding.Default or ContentEncoding.SevenBit or ContentEncoding.EightBit
                    && part.Charset is { } charset && !ReceivedText.HasLines(charset))),
            Boundary = part.SubParts.Count > 0 ? entity.ContentType.Boundary : null,
            Parts = [.. part.SubParts.Select(p => p.Received!)],
            Gaps = gaps,
        };
        return part;
    }

    private static MailPart ReadProperties(MimeEntity entity)
    {
        var (type, disposition) = (entity.ContentType, entity.ContentDisposition);
        var part = new MailPart
        {
            Type = MediaTypes.IsValid(type.MimeType) ? type.MimeType : entity is Multipart ? "multipart/mixed" : "application/octet-stream",
            Encoding = entity is Multipart or MessagePart ? null : entity.Headers[HeaderId.ContentTransferEncoding]?.Trim(),
            Cid = entity.ContentId is { } cid && MimeNames.IsContentId(cid) ? cid : null,
            // RFC 2183, section 2.8: an unknown disposition is an attachment.
            Disposition = disposition is null ? null
                : disposition.Disposition.Equals("inline", StringComparison.OrdinalIgnoreCase) ? "inline" : "attachment",
            Name = (disposition?.FileName ?? type.Name) is { Length: > 0 } name ? HeaderReader.Clean(name) : null,
            Charset = type.Charset is { } charset && MimeNames.IsCharset(charset) ? charset : null,
            Location = entity.ContentLocation is { } location ? HeaderReader.Clean(location.OriginalString) : null,
        };
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.ToUpperInvariant() is not ("CHARSET" or "NAME" or "BOUNDARY") && MimeNames.IsParameter(parameter.Name))
                part.Parameters[parameter.Name] = HeaderReader.Clean(parameter.Value);
        }
        return part;
    }

    private static void ReadHeaders(MimeEntity entity, MailPart part)
    {
        foreach (var header in entity.Headers)
        {
            switch (header.Id)
            {
                case HeaderId.ContentLanguage:
                    foreach (var language in HeaderReader.CommaSeparated(header))
                        part.Language.Add(language);
                    break;
                case HeaderId.ContentType or HeaderId.ContentDisposition or HeaderId.ContentId or HeaderId.ContentLocation
                    or HeaderId.ContentTransferEncoding or HeaderId.MimeVersion or HeaderId.ContentMd5 or HeaderId.ContentLength:
                    break;
                default:
                    if (MimeNames.IsFieldName(header.Field))
                        part.Headers.Add(header.Field, HeaderReader.Text(header));
                    break;
            }
        }
    }

    /// <returns>The octets before each part, and after the last one.</returns>
    private List<ReadOnlyMemory<byte>> ReadSubParts(MailPart part, Multipart multipart, int level)
    {
        var gaps = new List<ReadOnlyMemory<byte>>(multipart.Count + 1);
        var position = _ends[multipart].HeadersEndOffset;
        for (var i = 0; i < multipart.Count; i++)
        {
            var end = _ends[multipart[i]];
            gaps.Add(Slice(position, end.BeginOffset));
            part.SubParts.Add(Part(multipart[i], new Place(level + 1, i, multipart.ContentType.MediaSubtype)));
            position = end.EndOffset;
        }
        gaps.Add(Slice(position, _ends[multipart].EndOffset));
        return gaps;
    }

    private void ReadLeaf(MailPart part, MimeEntity entity, ReadOnlyMemory<byte> content, Place place)
    {
        part.PartId = NextId();
        if (entity is Multipart multipart)
        {
            // RFC 2045, section 5.2: a type that is not valid is plain text. Deeper parts would only be bytes.
            part.Type = place.Level < BodyTexts.MaxLevels || multipart.Count == 0 ? "text/plain" : "application/octet-stream";
            part.Parameters.Clear();
        }
        var encoding = entity is Multipart ? ContentEncoding.Default : EncodingOf(entity);
        if (IsText(part, place))
        {
            using var decoded = new MemoryStream();
            using (var stream = TransferEncodings.OpenDecoded(content, encoding))
                stream.CopyTo(decoded);
            (var text, part.Charset, var isProblem) = ReceivedText.Decode(part.Charset, decoded.ToArray());
            _email.BodyValues![part.PartId] = new MailBodyValue(text, isProblem || IsUnknown(part.Encoding));
            return;
        }
        part.Attachment = MailAttachment.FromPart(part, () => TransferEncodings.OpenDecoded(content, encoding));
        _email.Attachments.Add(part.Attachment);
    }

    /// <summary>
    /// Whether a part is a text of the email, as RFC 8621, section 4.1.4, has it: not an attachment, not a resource of a
    /// <c>multipart/related</c>, and without a name unless it is the first of its multipart.
    /// </summary>
    private bool IsText(MailPart part, Place place)
    {
        if (part.Disposition == "attachment")
            return false;
        if (part.Type.Equals("text/calendar", StringComparison.OrdinalIgnoreCase))
            return !_hasCalendar && (_hasCalendar = true);
        return part.Type.ToUpperInvariant() is "TEXT/PLAIN" or "TEXT/HTML"
            && (place.Index == 0 || (part.Name is null && !place.Subtype.Equals("related", StringComparison.OrdinalIgnoreCase)));
    }

    private static ContentEncoding EncodingOf(MimeEntity entity) =>
        MimeUtils.TryParse(entity.Headers[HeaderId.ContentTransferEncoding] ?? "", out ContentEncoding encoding)
            ? encoding
            : ContentEncoding.Default;

    private static bool IsUnknown(string? encoding) => encoding is { Length: > 0 } && !MimeUtils.TryParse(encoding, out ContentEncoding _);

    private string NextId() => (++_lastPart).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private ReadOnlyMemory<byte> Slice(long start, long end) => _octets[Align(start)..Align(end)];

    // Around broken parts, the parser's positions can be within a CRLF.
    private int Align(long position)
    {
        var octets = _octets.Span;
        var isWithin = position > 0 && position < octets.Length && octets[(int)position - 1] == '\r' && octets[(int)position] == '\n';
        return (int)position + (isWithin ? 1 : 0);
    }

    /// <summary>Where a part stands: its depth, its index in its multipart, and the subtype of that.</summary>
    private readonly record struct Place(int Level, int Index, string Subtype);
}
