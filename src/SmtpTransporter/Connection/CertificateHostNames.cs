using System.Formats.Asn1;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// The hosts that a certificate is for (subjectAltName). An entry that is not a valid name is passed over and does not affect the others
/// (RFC 9525, section 6.3). Immutable.
/// </summary>
internal sealed class CertificateHostNames
{
    private const string SubjectAlternativeName = "2.5.29.17";

    // GeneralName (RFC 5280, section 4.2.1.6): dNSName is [2] IA5String, iPAddress is [7] OCTET STRING.
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IpAddress = new(TagClass.ContextSpecific, 7);

    private readonly List<string> _names = [];
    private readonly List<IPAddress> _addresses = [];

    private CertificateHostNames()
    {
    }

    public bool IsEmpty => _names.Count + _addresses.Count == 0;

    public static CertificateHostNames Read(X509Certificate2 certificate)
    {
        var names = new CertificateHostNames();
        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
        {
            try
            {
                names.Add(extension.RawData);
            }
            catch (AsnContentException)
            {
                // What cannot be read names no host.
            }
        }
        return names;
    }

    /// <summary>Whether the certificate is for the host.</summary>
    /// <param name="host">A name in any case, with or without a final dot, or an IP address.</param>
    /// <param name="wildcards">Whether <c>*.example.com</c> is for <c>mail.example.com</c>.</param>
    public bool Contains(string host, bool wildcards)
    {
        if (IPAddress.TryParse(host, out var address))
            return _addresses.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        var name = new IdnMapping { UseStd3AsciiRules = false }.GetAscii(host.TrimEnd('.'));
        return _names.Exists(n => Matches(n, name, wildcards));
    }

    /// <summary>The hosts, separated by commas.</summary>
    public override string ToString() => string.Join(", ", _names.Concat(_addresses.Select(a => a.ToString())));

    // The wildcard is a whole label, the first one, and stands for exactly one label (RFC 9525, section 6.3).
    private static bool Matches(string name, string host, bool wildcards)
    {
        if (!name.StartsWith("*.", StringComparison.Ordinal))
            return name.Equals(host, StringComparison.OrdinalIgnoreCase);
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return wildcards && dot > 0 && name.AsSpan(1).Equals(host.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsName(string text) => text.Length <= 253
        && (text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text).Split('.').All(
            label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private void Add(byte[] extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            if (tag == DnsName)
                AddName(Encoding.Latin1.GetString(names.ReadOctetString(DnsName)).TrimEnd('.'));
            else if (tag == IpAddress)
                AddAddress(names.ReadOctetString(IpAddress));
            else
                names.ReadEncodedValue();
        }
    }

    private void AddName(string name)
    {
        if (IsName(name))
            _names.Add(name);
    }

    private void AddAddress(byte[] bytes)
    {
        if (bytes.Length is 4 or 16)
            _addresses.Add(new IPAddress(bytes));
    }
}
