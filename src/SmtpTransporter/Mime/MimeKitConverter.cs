using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Converts a message's parts to MimeKit's object, for signatures, for a caller's client, and for callers who want one.</summary>
internal static class MimeKitConverter
{
    /// <summary>Returns the same message. MimeKit writes the same bytes.</summary>
    public static MimeMessage ToMessage(MimeNode node)
    {
        // What was read stays as it was only if it is read again.
        if (node.HasKept)
            return MimeMessage.Load(Octets(node));
        var message = MimeMessage.Load(Fields(node));
        message.Body = Filled(message.Body!, node);
        return message;
    }

    /// <summary>Returns a message inside a message in seven bits, for a server without 8BITMIME.</summary>
    public static byte[] SevenBitMessage(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        using var message = MimeMessage.Load(TransferEncodings.Open(octets), cancellationToken);
        EncodeHeaders(message.Headers);
        using var parts = new MimeIterator(message);
        while (parts.MoveNext())
        {
            EncodeHeaders(parts.Current.Headers);
            if (parts.Current is MessagePart { Message: { } inner })
                EncodeHeaders(inner.Headers);
        }
        MimeKitEncodings.Prepare(message, sevenBit: true);
        using var stream = new MemoryStream();
        message.WriteTo(MessageContent.Ascii, stream, cancellationToken);
        return stream.ToArray();
    }

    private static void EncodeHeaders(HeaderList headers)
    {
        foreach (var header in headers)
        {
            if (!Ascii.IsValid(header.RawValue))
                header.SetValue(MessageContent.Ascii, Encoding.UTF8, header.Value);
        }
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
                message.Message = MimeMessage.Load(TransferEncodings.Open(node.Octets));
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
        part.Content = node.Content is { } content
            ? new MimeContent(content)
            : new MimeContent(TransferEncodings.Open(node.Octets), node.Encoding);
        return part;
    }

    private static MemoryStream Octets(MimeNode node)
    {
        var octets = new MemoryStream();
        MimeWriter.WriteAsync(async: false, node, octets, sevenBit: false, CancellationToken.None).GetCompletedResult();
        octets.Position = 0;
        return octets;
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
}
