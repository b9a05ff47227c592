namespace SmtpTransport;

/// <summary>
/// One part of a MIME tree (RFC 2045, 2046), as <see cref="Email.BodyStructure"/> holds it: a multipart with <see cref="SubParts"/>, a text
/// whose contents are in <see cref="Email.BodyValues"/> under its <see cref="PartId"/>, or an <see cref="Attachment"/>. Not safe for
/// concurrent change.
/// </summary>
public sealed class MailPart
{
    /// <summary>The key of a text's contents in <see cref="Email.BodyValues"/>; unique in the mail. Null for a multipart.</summary>
    public string? PartId { get; set; }

    /// <summary>The media type without parameters. Default <c>text/plain</c>.</summary>
    public string Type { get; set; } = "text/plain";

    /// <summary>
    /// Further parameters of the Content-Type, such as <c>format=flowed</c> or <c>method=REQUEST</c>; not the charset, the name or the boundary.
    /// </summary>
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The charset that a text is to be written in. Null, or one that cannot hold the text: as the mode of the send says.</summary>
    public string? Charset { get; set; }

    /// <summary>
    /// The transfer encoding that a text is to be written in (RFC 2045, section 6): <c>7bit</c>, <c>8bit</c>, <c>quoted-printable</c> or
    /// <c>base64</c>. Null, or one that cannot carry the text: as the mode of the send says.
    /// </summary>
    public string? Encoding { get; set; }

    /// <summary><c>attachment</c> or <c>inline</c> (RFC 2183); null for none.</summary>
    public string? Disposition { get; set; }

    /// <summary>The file name; null for none.</summary>
    public string? Name { get; set; }

    /// <summary>The Content-ID without angle brackets; null for none.</summary>
    public string? Cid { get; set; }

    /// <summary>The languages of the contents (RFC 3282).</summary>
    public IList<string> Language { get; } = new List<string>();

    /// <summary>The Content-Location (RFC 2557); null for none.</summary>
    public string? Location { get; set; }

    /// <summary>The parts of a multipart, in order.</summary>
    public IList<MailPart> SubParts { get; } = new List<MailPart>();

    /// <summary>Further header fields of the part, such as <c>Content-Description</c>.</summary>
    public EmailHeaders Headers { get; } = [];

    /// <summary>
    /// The contents of a part that is no text of the mail. It is one of <see cref="Email.Attachments"/> as well; a part whose attachment was
    /// taken out of there is not written.
    /// </summary>
    public MailAttachment? Attachment { get; set; }

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
