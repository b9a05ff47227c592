using MimeKit;

namespace SmtpTransport;

/// <summary>Converts a message's parts to MimeKit's object, for signatures, for a caller's client, and for callers who want one.</summary>
internal static class MimeKitConverter
{
    /// <summary>Returns the same message. MimeKit writes the same bytes.</summary>
    public static MimeMessage ToMessage(MimeNode node)
    {
        var message = MimeMessage.Load(Fields(node));
        message.Body = Filled(message.Body!, node);
        return message;
    }

    /// <summary>Returns a message inside a message in seven bits, for a server without 8BITMIME.</summary>
    public static byte[] SevenBitMessage(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        using var message = MimeMessage.Load(Stream(octets), cancellationToken);
        MakeSevenBit(message);
        message.Prepare(EncodingConstraint.SevenBit);
        using var stream = new MemoryStream();
        message.WriteTo(MessageContent.Ascii, stream, cancellationToken);
        return stream.ToArray();
    }

    /// <summary>Changes 8bit text to quoted-printable for a server without 8BITMIME. MimeKit would choose base64 for much of it.</summary>
    public static void MakeSevenBit(MimeMessage message)
    {
        if (message.Body is { } body)
            MakeSevenBit(body);
    }

    private static void MakeSevenBit(MimeEntity entity)
    {
        switch (entity)
        {
            case Multipart multipart:
                DeclareSevenBit(multipart);
                foreach (var part in multipart)
                    MakeSevenBit(part);
                break;
            case MessagePart { Message: { } inner } part:
                DeclareSevenBit(part);
                MakeSevenBit(inner);
                break;
            case MimePart { ContentTransferEncoding: ContentEncoding.EightBit } text when text.ContentType.IsMimeType("text", "*"):
                text.ContentTransferEncoding = ContentEncoding.QuotedPrintable;
                break;
        }
    }

    private static void DeclareSevenBit(MimeEntity entity)
    {
        if (entity.Headers.Contains(HeaderId.ContentTransferEncoding))
            entity.Headers[HeaderId.ContentTransferEncoding] = "7bit";
    }

    private static MimeEntity Filled(MimeEntity entity, MimeNode node)
    {
        switch (entity)
        {
            case Multipart multipart:
                foreach (var part in node.Parts)
                    multipart.Add(Filled(MimeEntity.Load(Fields(part)), part));
                return multipart;
            case MessagePart message when node.IsMessage:
                message.Message = MimeMessage.Load(Stream(node.Octets));
                return message;
            case MimePart part:
                return WithContent(part, node);
            default:
                // MimeKit has a class for messages, but the part is to be written as it is.
                var plain = new MimePart("application", "octet-stream");
                plain.Headers.Clear();
                foreach (var header in entity.Headers)
                    plain.Headers.Add(header);
                return WithContent(plain, node);
        }
    }

    private static MimePart WithContent(MimePart part, MimeNode node)
    {
        part.Content = node.Content is { } content ? new MimeContent(content) : new MimeContent(Stream(node.Octets), node.Encoding);
        return part;
    }

    private static MemoryStream Fields(MimeNode node)
    {
        using var buffer = new ByteBuffer(1024);
        MimeWriter.WriteFields(buffer, node, sevenBit: false);
        // MimeKit writes a multipart without its end if it was read without it.
        if (node.Boundary is not null)
            buffer.Add("--"u8).Add(node.Boundary).Add("--\r\n"u8);
        return new MemoryStream(buffer.Memory.ToArray(), writable: false);
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> octets) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(octets, out var bytes)
            ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(octets.ToArray(), writable: false);
}
