using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using MultipartSigned = MimeKit.Cryptography.MultipartSigned;
using Oid = System.Security.Cryptography.Oid;

namespace SmtpTransport;

/// <summary>
/// Signs the body of a message (S/MIME, RFC 8551): <c>multipart/signed</c> in clear with the certificate chain. The body is held in memory.
/// Safe for concurrent callers.
/// </summary>
internal sealed class SmimeSigner(SigningCertificate certificate, TimeProvider time)
{
    private static readonly Oid Sha256 = new("2.16.840.1.101.3.4.2.1");

    /// <summary>Replaces the body by the signed one.</summary>
    /// <returns>A warning if the certificate does not name the sender; otherwise null.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The certificate cannot sign.</exception>
    public SmtpError? Sign(MimeMessage message)
    {
        message.Body = Signed(message.Body ?? new TextPart("plain"));
        var from = message.From.Mailboxes.FirstOrDefault()?.Address ?? "";
        return CertificateAddresses.Contains(certificate.Addresses, from)
            ? null
            : new SmtpError(
                SmtpErrorCodes.CertificateSenderMismatch,
                $"The signing certificate does not name the sender {from}: mail programs may warn.",
                "smim");
    }

    private MultipartSigned Signed(MimeEntity body)
    {
        body.Prepare(EncodingConstraint.SevenBit);
        var bytes = Smime.BytesOf(body);
        var cms = new SignedCms(new ContentInfo(bytes), detached: true);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate.Certificate)
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
        // Parsed from the bytes that were signed, so that exactly these are written.
        signed.Add(MimeEntity.Load(new MemoryStream(bytes, writable: false)));
        signed.Add(Smime.NewPart("pkcs7-signature", "smime.p7s", cms.Encode()));
        return signed;
    }
}
