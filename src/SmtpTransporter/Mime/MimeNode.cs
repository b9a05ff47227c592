using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A part of a message, or the message itself, as it is written (an entity, RFC 2045, section 2.4): its fields, and what follows them,
/// which is one of parts, bytes that are already encoded, and the content of an attachment, which is encoded while it is read.
/// </summary>
internal sealed class MimeNode
{
    public List<MimeField> Fields { get; private init; } = new(4);

    /// <summary>The boundary of a multipart; null for a leaf.</summary>
    public string? Boundary { get; init; }

    public List<MimeNode> Parts { get; private init; } = [];

    /// <summary>
    /// How a leaf is encoded. Only <see cref="ContentEncoding.EightBit"/> is changed while it is written, for a server without 8BITMIME.
    /// </summary>
    public ContentEncoding Encoding { get; init; }

    /// <summary>The bytes of a leaf, encoded as <see cref="Encoding"/> says.</summary>
    public ReadOnlyMemory<byte> Octets { get; init; }

    /// <summary>The attachment that a leaf is read from; it is written in base64.</summary>
    public AttachmentContent? Content { get; init; }

    /// <summary>Whether the bytes are a message, which must not be encoded (RFC 2046, section 5.2.1).</summary>
    public bool IsMessage { get; init; }

    /// <summary>Returns a message with this body: the same node with the message's fields before its own.</summary>
    public MimeNode WithMessageFields(List<MimeField> fields)
    {
        fields.AddRange(Fields);
        return new MimeNode
        {
            Fields = fields,
            Boundary = Boundary,
            Parts = Parts,
            Encoding = Encoding,
            Octets = Octets,
            Content = Content,
            IsMessage = IsMessage,
        };
    }

    /// <summary>Returns the same leaf with its content read and encoded.</summary>
    public MimeNode WithOctets(ReadOnlyMemory<byte> octets) => new() { Fields = Fields, Encoding = Encoding, Octets = octets };

    /// <summary>
    /// Declares 8bit content on each multipart around it (RFC 2045, section 6.4): one without the field says that all of it is 7bit.
    /// </summary>
    /// <returns>Whether there is 8bit content.</returns>
    public bool DeclareEightBit()
    {
        if (Boundary is null)
            return Encoding == ContentEncoding.EightBit;
        var isEightBit = false;
        foreach (var part in Parts)
            isEightBit |= part.DeclareEightBit();
        if (isEightBit)
            Add("Content-Transfer-Encoding", "8bit");
        return isEightBit;
    }

    public void Add(string name, string value) => Fields.Add(new MimeField(name, value));
}
