using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>An alert with which a server ends TLS (RFC 8446, section 6.2): what it means, and what to do.</summary>
/// <param name="Code">Its number; null if only a name is known.</param>
/// <param name="Name">Its name in the RFC, if it is one of the known ones.</param>
/// <param name="Advice">Whose fault it is, and what to do.</param>
internal sealed partial record TlsAlert(int? Code, string Name, string Advice)
{
    private const string NothingInCommon =
        "The server and this machine have no TLS version or no cipher in common. Update the older of the two, or allow in the settings of "
        + "its system what the other one has.";

    private const string ClientCertificate =
        "The server does not accept the client certificate, or requires one. Check ClientCertificates.";

    private const string Disturbed =
        "The server could not read what this machine sent. Look for a device on the network path that inspects TLS, and update the server.";

    private const string Unexplained = "It did not accept what this machine sent. Its log says more.";

    private static readonly TlsAlert[] Known =
    [
        new(10, "unexpected_message", Disturbed),
        new(20, "bad_record_mac", Disturbed),
        new(22, "record_overflow", Disturbed),
        new(40, "handshake_failure", $"{NothingInCommon} Or the server requires a client certificate (ClientCertificates)."),
        new(42, "bad_certificate", ClientCertificate),
        new(43, "unsupported_certificate", ClientCertificate),
        new(44, "certificate_revoked", "The client certificate was revoked. Set another one in ClientCertificates."),
        new(
            45, "certificate_expired",
            "The client certificate has expired for the server. Set a new one in ClientCertificates, and check the server's clock."),
        new(46, "certificate_unknown", ClientCertificate),
        new(47, "illegal_parameter", Disturbed),
        new(
            48, "unknown_ca",
            "The server does not know the authority that issued the client certificate. Set one of an authority that it knows "
            + "(ClientCertificates), or let it know this one."),
        new(49, "access_denied", "The server does not let the holder of this client certificate in. Ask its administrator."),
        new(50, "decode_error", Disturbed),
        new(51, "decrypt_error", Disturbed),
        new(70, "protocol_version", NothingInCommon),
        new(71, "insufficient_security", NothingInCommon),
        new(
            80, "internal_error",
            "The fault is the server's, such as a certificate or a key that it cannot use, and nothing is wrong here. Its log says more."),
        new(86, "inappropriate_fallback", NothingInCommon),
        new(109, "missing_extension", Disturbed),
        new(110, "unsupported_extension", Disturbed),
        new(112, "unrecognized_name", "The server does not serve this host name. Check Host."),
        new(116, "certificate_required", "The server requires a client certificate. Set ClientCertificates."),
    ];

    /// <summary>What a user is told.</summary>
    public string Message => $"The server ended TLS with the alert {Name}. {Advice}";

    /// <summary>Returns the alert that an exception of the framework is about; null if it is about none.</summary>
    public static TlsAlert? Find(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is CryptographicException && CodeOfOpenSsl(exception.HResult) is { } code)
                return OfNumber(code);
            if (exception is AuthenticationException && QuotedName().Match(exception.Message) is { Success: true, Groups: [_, var name] })
                return int.TryParse(name.Value, out var number) ? OfNumber(number) : OfName(name.Value);
        }
        return null;
    }

    // OpenSSL adds the number of the alert to 1000. Above it stands the library, which is 20 for TLS: from version 3 on from bit 23, before
    // that from bit 24.
    private static int? CodeOfOpenSsl(int error) =>
        (error >> 23 == 20 || error >> 24 == 20) && (error & 0xFFF) - 1000 is >= 0 and <= 255 and var code ? code : null;

    private static TlsAlert OfNumber(int code) => Array.Find(Known, a => a.Code == code) ?? new(code, $"{code}", Unexplained);

    // Without OpenSSL, the framework gives a name of its own, such as HandshakeFailure or UnsupportedCert, or the number.
    private static TlsAlert OfName(string name) =>
        Array.Find(Known, a => a.Name.Replace("_", "", StringComparison.Ordinal).StartsWith(name, StringComparison.OrdinalIgnoreCase))
        ?? new(null, name, Unexplained);

    [GeneratedRegex(@"TLS alert: '(\w+)'", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedName();
}
