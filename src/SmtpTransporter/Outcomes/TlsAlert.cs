using System.Security.Authentication;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>
/// The alert with which a server ended a TLS handshake (RFC 8446, section 6.2), and what it says about the fault. The framework gives its
/// name in the text of the exception only.
/// </summary>
internal static partial class TlsAlert
{
    /// <summary>Returns what the alert says; null if the server sent none.</summary>
    public static string? Explain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is AuthenticationException && Name().Match(exception.Message) is { Success: true } name)
                return $"The server ended the TLS handshake (alert {name.Value.Trim('\'')}): {Meaning(name.Value.Trim('\''))}.";
        }
        return null;
    }

    private static string Meaning(string name) => name switch
    {
        "InternalError" => "the fault is the server's, such as a certificate or a key that it cannot use. Its log says more",
        "ProtocolVersion" or "HandshakeFailure" or "InsufficientSecurity" =>
            "the server and this machine have no TLS version or no cipher in common",
        "BadCertificate" or "UnsupportedCert" or "CertificateRevoked" or "CertificateExpired" or "CertificateUnknown" or "UnknownCA"
            or "AccessDenied" or "116" => "the server requires a client certificate that it accepts (ClientCertificates)",
        "112" => "the server does not know the host name. Check Host",
        _ => "it did not accept what this machine sent",
    };

    [GeneratedRegex(@"'\w+'", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
