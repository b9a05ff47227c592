using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A part of a message, or the message itself, as it will be written (an entity, RFC 2045, section 2.4): its fields, and what follows them, which is
/// one of parts, octets that are encoded already, and the contents of an attachment, which are encoded as they are read.
/// </summary>
internal sealed class MimeNode
{
    public List<MimeField> Fields { get; private init; } = new(4);

    /// <summary>The boundary of a multipart; null for a leaf.</summary>
    public string? Boundary { get; init; }

    public List<MimeNode> Parts { get; private init; } = [];

    /// <summary>How a leaf is encoded. Only <see cref="ContentEncoding.EightBit"/> is changed as it is written, for a server without 8BITMIME.</summary>
    public ContentEncoding Encoding { get; init; }

    /// <summary>The octets of a leaf, as <see cref="Encoding"/> has them.</summary>
    public ReadOnlyMemory<byte> Octets { get; init; }

    /// <summary>What a leaf is read from, and written in base64.</summary>
    public AttachmentContent? Content { get; init; }

    /// <summary>Whether the octets are a message, which must not be encoded (RFC 2046, section 5.2.1).</summary>
    public bool IsMessage { get; init; }

    /// <summary>The same with further fields before its own: a message of this body.</summary>
    public MimeNode Below(List<MimeField> fields)
    {
        fields.AddRange(Fields);
        return new MimeNode { Fields = fields, Boundary = Boundary, Parts = Parts, Encoding = Encoding, Octets = Octets, Content = Content, IsMessage = IsMessage };
    }

    /// <summary>The same with its contents encoded.</summary>
    public MimeNode With(ReadOnlyMemory<byte> octets) => new() { Fields = Fields, Encoding = Encoding, Octets = octets };

    public void Add(string name, string value) => Fields.Add(new MimeField(name, value));
}
