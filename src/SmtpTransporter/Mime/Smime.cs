using System.Security.Cryptography;
using MimeKit;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Security;

namespace SmtpTransport;

/// <summary>
/// Encrypts the body of a message (S/MIME, RFC 8551): <c>enveloped-data</c> in AES-256. The body is held in memory. Signing is separate,
/// because only a transporter has a certificate to sign with.
/// </summary>
internal static class Smime
{
    /// <summary>Whether the email asks for encryption.</summary>
    public static bool IsRequested(Email? email) => email is { EncryptFor.Count: > 0 };

    /// <summary>
    /// Returns the message as it is to be sent without a signature: encrypted if its email asks for it, otherwise unchanged. The result
    /// owns the message.
    /// </summary>
    /// <exception cref="EmailContentException">A recipient has no certificate, or a certificate cannot be used.</exception>
    public static OutgoingMessage Encrypt(OutgoingMessage message)
    {
        if (!IsRequested(message.Email))
            return message;
        var mime = message.Message;
        Prepare(mime);
        Encrypt(mime, message.Email!);
        return message.WithFinalMessage(mime);
    }

    /// <summary>Replaces the body by the encrypted one.</summary>
    /// <exception cref="EmailContentException">A recipient has no certificate, or a certificate cannot be used.</exception>
    public static void Encrypt(MimeMessage message, Email email)
    {
        try
        {
            var encrypted = SmimeEnvelope.Create(BytesOf(message.Body ?? new TextPart("plain")), email.EncryptFor);
            var part = NewPart("pkcs7-mime", "smime.p7m", encrypted);
            part.ContentType.Parameters.Add("smime-type", "enveloped-data");
            message.Body = part;
        }
        catch (Exception exception) when (exception is CryptographicException or GeneralSecurityException or CmsException)
        {
            throw Failed(exception);
        }
    }

    /// <summary>Encodes the message for seven bits, because nothing of it may be changed once it is signed or encrypted.</summary>
    public static void Prepare(MimeMessage message) => MimeKitEncodings.PrepareToSign(message);

    /// <summary>Creates the error for a signature or an encryption that failed.</summary>
    public static EmailContentException Failed(Exception exception) =>
        new(SmtpErrorCodes.SigningFailed, $"The message could not be signed or encrypted (S/MIME): {exception.Message}", exception, "smim");

    /// <summary>Returns a body as the bytes that are signed or encrypted.</summary>
    public static byte[] BytesOf(MimeEntity body)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        using var stream = new MemoryStream();
        body.WriteTo(format, stream);
        return stream.ToArray();
    }

    /// <summary>Creates a part with a CMS structure.</summary>
    public static MimePart NewPart(string subtype, string name, byte[] content) => new("application", subtype)
    {
        Content = new MimeContent(new MemoryStream(content, writable: false)),
        ContentTransferEncoding = ContentEncoding.Base64,
        ContentDisposition = new ContentDisposition("attachment") { FileName = name },
        ContentType = { Name = name },
    };
}
