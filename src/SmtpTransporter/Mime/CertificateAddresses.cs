using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>Reads the email addresses that a certificate names, in its subject and as alternative names.</summary>
internal static class CertificateAddresses
{
    private const string SubjectAlternativeName = "2.5.29.17";

    // rfc822Name is [1] IA5String in the sequence of GeneralName (RFC 5280, section 4.2.1.6). The framework lists DNS names and IP addresses only.
    private static readonly Asn1Tag Rfc822Name = new(TagClass.ContextSpecific, 1);

    public static IReadOnlyCollection<string> Read(X509Certificate2 certificate)
    {
        var addresses = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (certificate.GetNameInfo(X509NameType.EmailName, forIssuer: false) is { Length: > 0 } address)
            addresses.Add(address);
        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag() == Rfc822Name)
                    addresses.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Rfc822Name));
                else
                    names.ReadEncodedValue();
            }
        }
        return addresses;
    }
}
