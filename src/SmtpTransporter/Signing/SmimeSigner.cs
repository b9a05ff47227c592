using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using MultipartSigned = MimeKit.Cryptography.MultipartSigned;

namespace SmtpTransport;

/// <summary>
/// Signs and encrypts a message's body (S/MIME, RFC 8551): <c>multipart/signed</c> in clear with the chain, and <c>enveloped-data</c> in
/// AES-256 around it. The body is held in memory. Safe for concurrent callers.
/// </summary>
internal sealed class SmimeSigner(SigningCertificate? certificate, TimeProvider time)
{
    private static readonly Oid Aes256 = new("2.16.840.1.101.3.4.1.42");
    private static readonly Oid Sha256 = new("2.16.840.1.101.3.4.2.1");

    /// <summary>Signs and encrypts as far as it is asked for. Says what is worth a warning.</summary>
    public SmtpError? Apply(MimeMessage message, Email? email)
    {
        var body = message.Body ?? new TextPart("plain");
        if (certificate is not null)
            body = Signed(body);
        if (email is { EncryptFor.Count: > 0 })
            body = Encrypted(body, email);
        message.Body = body;
        var from = message.From.Mailboxes.FirstOrDefault()?.Address ?? "";
        return certificate is null || certificate.Addresses.Contains(from)
            ? null
            : new SmtpError(SmtpErrorCodes.CertificateSenderMismatch, $"The signing certificate does not name the sender {from}: receivers may warn.", "smim");
    }

    private MultipartSigned Signed(MimeEntity body)
    {
        body.Prepare(EncodingConstraint.SevenBit);
        var bytes = BytesOf(body);
        var cms = new SignedCms(new ContentInfo(bytes), detached: true);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate!.Certificate)
        {
            DigestAlgorithm = Sha256,
            IncludeOption = X509IncludeOption.None,
        };
        signer.Certificates.AddRange(certificate.Chain);
        signer.SignedAttributes.Add(new Pkcs9SigningTime(time.GetUtcNow().UtcDateTime));
        cms.ComputeSignature(signer, silent: true);

        var signed = new MultipartSigned();
        signed.ContentType.Parameters.Add("protocol", "application/pkcs7-signature");
        signed.ContentType.Parameters.Add("micalg", "sha-256");
        // Read again from the very bytes: they are then written as they were signed.
        signed.Add(MimeEntity.Load(new MemoryStream(bytes, writable: false)));
        signed.Add(Part("pkcs7-signature", "smime.p7s", cms.Encode()));
        return signed;
    }

    private static MimePart Encrypted(MimeEntity body, Email email)
    {
        var named = email.EncryptFor.SelectMany(SigningCertificate.AddressesOf).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unnamed = email.To.Concat(email.Cc).Concat(email.Bcc).FirstOrDefault(a => !named.Contains(a.Email));
        if (unnamed is not null)
            throw new EmailContentException(SmtpErrorCodes.InvalidContent, $"{nameof(Email.EncryptFor)}: no certificate names {unnamed.Email}, who could not read the mail.");
        var recipients = new CmsRecipientCollection();
        foreach (var recipient in email.EncryptFor)
            recipients.Add(new CmsRecipient(SubjectIdentifierType.IssuerAndSerialNumber, recipient));
        var cms = new EnvelopedCms(new ContentInfo(BytesOf(body)), new AlgorithmIdentifier(Aes256));
        cms.Encrypt(recipients);
        var part = Part("pkcs7-mime", "smime.p7m", cms.Encode());
        part.ContentType.Parameters.Add("smime-type", "enveloped-data");
        return part;
    }

    private static byte[] BytesOf(MimeEntity body)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        using var stream = new MemoryStream();
        body.WriteTo(format, stream);
        return stream.ToArray();
    }

    private static MimePart Part(string subtype, string name, byte[] content) => new("application", subtype)
    {
        Content = new MimeContent(new MemoryStream(content, writable: false)),
        ContentTransferEncoding = ContentEncoding.Base64,
        ContentDisposition = new ContentDisposition("attachment") { FileName = name },
        ContentType = { Name = name },
    };
}
