namespace SmtpTransport;

/// <summary>One part of the MIME tree in <see cref="Email.BodyStructure"/> (RFC 2045, RFC 2046).</summary>
/// <remarks>
/// It is a multipart with <see cref="SubParts"/>, a text whose content is in <see cref="Email.BodyValues"/> under its <see cref="PartId"/>,
/// or an <see cref="Attachment"/>. Not safe for concurrent changes.
/// </remarks>
public sealed class MailPart
{
    /// <summary>
    /// The key of a text's content in <see cref="Email.BodyValues"/>, unique in the email. Null, the default, for a multipart.
    /// </summary>
    public string? PartId { get; set; }

    /// <summary>The media type without parameters. Default <c>text/plain</c>.</summary>
    public string Type { get; set; } = "text/plain";

    /// <summary>
    /// Additional parameters of the Content-Type, such as <c>format=flowed</c>; not the charset, the name or the boundary. Default none.
    /// </summary>
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The charset to write a text in. If null (the default), or if it cannot represent the text, <see cref="ServerOptions.BodyCharset"/>
    /// decides.
    /// </summary>
    public string? Charset { get; set; }

    /// <summary>
    /// The transfer encoding to write a text in (RFC 2045, section 6): <c>7bit</c>, <c>8bit</c>, <c>quoted-printable</c> or <c>base64</c>.
    /// If null (the default), or if it cannot carry the text, <see cref="ServerOptions.BodyCharset"/> decides.
    /// </summary>
    public string? Encoding { get; set; }

    /// <summary>The disposition, <c>attachment</c> or <c>inline</c> (RFC 2183); null, the default, for none.</summary>
    public string? Disposition { get; set; }

    /// <summary>The file name; null, the default, for none.</summary>
    public string? Name { get; set; }

    /// <summary>The Content-ID without angle brackets (RFC 2045, section 7); null, the default, for none.</summary>
    public string? Cid { get; set; }

    /// <summary>The languages of the content (RFC 3282). Default none.</summary>
    public IList<string> Language { get; } = new List<string>();

    /// <summary>The Content-Location (RFC 2557, section 4); null, the default, for none.</summary>
    public string? Location { get; set; }

    /// <summary>The parts of a multipart, in order. Default none.</summary>
    public IList<MailPart> SubParts { get; } = new List<MailPart>();

    /// <summary>Additional header fields of the part, such as <c>Content-Description</c>. Default none.</summary>
    public EmailHeaders Headers { get; } = [];

    /// <summary>The content of a part that is not a text of the email; null, the default, for a text or a multipart.</summary>
    /// <remarks>
    /// It must also be in <see cref="Email.Attachments"/>: a part whose attachment was removed from there is not written.
    /// </remarks>
    public MailAttachment? Attachment { get; set; }

    /// <summary>The octets that the part was read from; null for a part that was not read.</summary>
    internal ReceivedPart? Received { get; set; }

    internal MailPart Copy()
    {
        var copy = new MailPart
        {
            PartId = PartId,
            Type = Type,
            Charset = Charset,
            Encoding = Encoding,
            Disposition = Disposition,
            Name = Name,
            Cid = Cid,
            Location = Location,
            Attachment = Attachment,
            Received = Received,
        };
        foreach (var (name, value) in Parameters)
            copy.Parameters[name] = value;
        foreach (var language in Language)
            copy.Language.Add(language);
        foreach (var header in Headers)
            copy.Headers.Add(header);
        foreach (var part in SubParts)
            copy.SubParts.Add(part?.Copy()!);
        return copy;
    }
}
