using MimeKit;

namespace SmtpTransport;

/// <summary>
/// Chooses the transfer encodings of a message that is an object of MimeKit's, and declares them (RFC 2045, section 6). What somebody
/// signed is not changed.
/// </summary>
internal static class MimeKitEncodings
{
    /// <summary>Encodes what a server could not transmit or would misread.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sevenBit">Whether the server lacks 8BITMIME.</param>
    public static void Prepare(MimeMessage message, bool sevenBit)
    {
        if (sevenBit)
            MakeSevenBit(message);
        message.Prepare(sevenBit ? EncodingConstraint.SevenBit : EncodingConstraint.EightBit);
        if (message.Body is not null)
            EncodeAndDeclare(message.Body);
    }

    /// <summary>Encodes the message for seven bits and mbox files, because nothing of it may be changed once it is signed.</summary>
    public static void PrepareToSign(MimeMessage message)
    {
        Prepare(message, sevenBit: true);
        foreach (var part in message.BodyParts.OfType<MimePart>())
        {
            if (part is { ContentTransferEncoding: ContentEncoding.QuotedPrintable, Content: { } content })
                part.Content = WithEncodedFrom(content);
        }
    }

    /// <summary>Changes 8bit text to quoted-printable for a server without 8BITMIME. MimeKit would choose base64 for much of it.</summary>
    public static void MakeSevenBit(MimeMessage message)
    {
        if (message.Body is not null)
            MakeSevenBit(message.Body);
    }

    private static void MakeSevenBit(MimeEntity entity)
    {
        switch (entity)
        {
            case Multipart multipart:
                Declare(multipart, isEightBit: false);
                foreach (var part in multipart)
                    MakeSevenBit(part);
                break;
            case MessagePart { Message: { } inner } part:
                Declare(part, isEightBit: false);
                MakeSevenBit(inner);
                break;
            case MimePart { ContentTransferEncoding: ContentEncoding.EightBit } text when text.ContentType.IsMimeType("text", "*"):
                text.ContentTransferEncoding = ContentEncoding.QuotedPrintable;
                break;
        }
    }

    /// <returns>Whether the entity has 8bit content.</returns>
    private static bool EncodeAndDeclare(MimeEntity entity, bool isSigned = false)
    {
        switch (entity)
        {
            case Multipart multipart:
                isSigned |= multipart.ContentType.IsMimeType("multipart", "signed");
                var isEightBit = false;
                foreach (var part in multipart)
                    isEightBit |= EncodeAndDeclare(part, isSigned);
                return isSigned ? isEightBit : Declare(multipart, isEightBit);
            case MessagePart message:
                return message.Message?.Body is { } body && EncodeAndDeclare(body, isSigned)
                    && (isSigned || Declare(message, isEightBit: true));
            case MimePart part:
                if (!isSigned && !CanBeSent(part))
                {
                    part.ContentTransferEncoding =
                        part.ContentType.IsMimeType("text", "*") ? ContentEncoding.QuotedPrintable : ContentEncoding.Base64;
                }
                return part.ContentTransferEncoding == ContentEncoding.EightBit;
            default:
                return false;
        }
    }

    // MimeKit looks only at parts that say 8bit or binary. It writes LF as CRLF.
    private static bool CanBeSent(MimePart part)
    {
        if (part.Content is not { } content
            || part.ContentTransferEncoding is not (ContentEncoding.Default or ContentEncoding.SevenBit or ContentEncoding.EightBit))
            return true;
        using var bytes = new MemoryStream();
        content.DecodeTo(bytes);
        return TextLines.AreLines(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static bool Declare(MimeEntity entity, bool isEightBit)
    {
        if (isEightBit)
            entity.Headers[HeaderId.ContentTransferEncoding] = "8bit";
        else if (entity.Headers.Contains(HeaderId.ContentTransferEncoding))
            entity.Headers[HeaderId.ContentTransferEncoding] = "7bit";
        return isEightBit;
    }

    private static IMimeContent WithEncodedFrom(IMimeContent content)
    {
        using var stream = new MemoryStream();
        content.DecodeTo(stream);
        var bytes = stream.ToArray();
        return bytes.AsSpan().IndexOf("From "u8) < 0
            ? content
            : new MimeContent(
                new MemoryStream(TransferEncodings.QuotedPrintable(TextLines.WithCrlf(bytes)), writable: false),
                ContentEncoding.QuotedPrintable);
    }
}
