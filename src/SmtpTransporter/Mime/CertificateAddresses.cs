using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

/// <summary>
/// Reads the email addresses that a certificate names, in its subject and as alternative names. Their domains are in ASCII, because
/// addresses are compared in that form (RFC 8398, section 5).
/// </summary>
internal static class CertificateAddresses
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string SmtpUtf8Mailbox = "1.3.6.1.5.5.7.8.9";

    // otherName is [0], rfc822Name is [1] IA5String in the sequence of GeneralName (RFC 5280, section 4.2.1.6). The framework lists DNS
    // names and IP addresses only.
    private static readonly Asn1Tag OtherName = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Rfc822Name = new(TagClass.ContextSpecific, 1);

    public static IReadOnlyCollection<string> Read(X509Certificate2 certificate)
    {
        var addresses = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (certificate.GetNameInfo(X509NameType.EmailName, forIssuer: false) is { Length: > 0 } address)
            addresses.Add(WithAsciiDomain(address));
        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            try
            {
                AddNames(addresses, extension.RawData);
            }
            catch (AsnContentException)
            {
                // What cannot be read names nobody.
            }
        }
        return addresses;
    }

    /// <summary>Whether one of the addresses, which a certificate names, is this address.</summary>
    public static bool Contains(IReadOnlyCollection<string> addresses, string address) =>
        addresses.Contains(WithAsciiDomain(address), StringComparer.OrdinalIgnoreCase);

    private static void AddNames(HashSet<string> addresses, byte[] extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            if (tag == Rfc822Name)
                addresses.Add(WithAsciiDomain(names.ReadCharacterString(UniversalTagNumber.IA5String, Rfc822Name)));
            else if (tag.HasSameClassAndValue(OtherName))
                AddOtherName(addresses, names.ReadSequence(OtherName));
            else
                names.ReadEncodedValue();
        }
    }

    // A local part that is not ASCII has a form of its own (RFC 9598, section 3).
    private static void AddOtherName(HashSet<string> addresses, AsnReader name)
    {
        if (name.ReadObjectIdentifier() == SmtpUtf8Mailbox)
            addresses.Add(WithAsciiDomain(name.ReadSequence(OtherName).ReadCharacterString(UniversalTagNumber.UTF8String)));
    }

    private static string WithAsciiDomain(string address) =>
        AddressSpec.Check(address) is null ? AddressSpec.WithAsciiDomain(address) : address;
}
