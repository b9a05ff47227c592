using System.Net.Security;
using System.Security.Authentication;

namespace SmtpTransport;

/// <summary>Whether the server can be used, and what was found on the way. Immutable; holds no secret.</summary>
public sealed class ConnectionStatus
{
    internal ConnectionStatus(int status, string statusText, IReadOnlyList<SmtpError> errors)
    {
        Status = status;
        StatusText = statusText;
        Errors = errors;
    }

    /// <summary>True where the server was reached, the connection upgraded, the login made and NOOP answered with success.</summary>
    public bool Success => Status is >= 200 and < 300;

    /// <summary>The reply code of the server; 0 where the problem is not one of the mail processing.</summary>
    public int Status { get; }

    /// <summary>The reply's text; where there is none, the last error's message.</summary>
    public string StatusText { get; }

    /// <summary>What went wrong, innermost first; empty where the server answered, but for a refused login (see <see cref="SendResult.Errors"/>).</summary>
    public IReadOnlyList<SmtpError> Errors { get; }

    /// <summary>What the server's refusal or the last error means, and what to do about it; null where the catalogue does not know.</summary>
    public RefusalExplanation? Explanation => Status >= 400 ? RefusalExplanation.ForReply(Status, StatusText) : Errors.Count > 0 ? Errors[^1].Explanation : null;

    /// <summary>The version of TLS; <see cref="SslProtocols.None"/> where the connection is not encrypted.</summary>
    public SslProtocols TlsProtocol { get; internal init; }

    /// <summary>The cipher suite; null where the connection is not encrypted.</summary>
    public TlsCipherSuite? TlsCipher { get; internal init; }

    /// <summary>The subject of the server's certificate; null where none was seen. It is known even where the certificate was not trusted.</summary>
    public string? CertificateSubject { get; internal init; }

    /// <summary>When the server's certificate ends; null where none was seen.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; internal init; }

    /// <summary>The extensions that the server offers (RFC 5321, section 4.1.1.1), as in its EHLO reply, such as <c>SIZE 10485760</c>.</summary>
    public IReadOnlyList<string> Capabilities { get; internal init; } = [];

    /// <summary>The largest message that the server takes, in octets (RFC 1870); null where it names none.</summary>
    public long? SizeLimit { get; internal init; }

    /// <summary>The SASL mechanism of the login; null without a login.</summary>
    public string? AuthenticationMechanism { get; internal init; }

    /// <summary>How long each step took. A connection that was open already shows only <see cref="ConnectionTimings.Check"/>.</summary>
    public ConnectionTimings Timings { get; internal init; } = new();

    /// <summary>What went wrong beside the check, such as a log that could not be written.</summary>
    public IReadOnlyList<SmtpError> Warnings { get; internal init; } = [];

    /// <summary>
    /// Makes a status for a fake <see cref="ISmtpTransporter"/> in a test.
    /// </summary>
    /// <param name="status">The reply code, or 0.</param>
    /// <param name="statusText">The reply's text.</param>
    /// <param name="errors">What went wrong.</param>
    public static ConnectionStatus Create(int status, string statusText, IEnumerable<SmtpError>? errors = null)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        ArgumentOutOfRangeException.ThrowIfNegative(status);
        return new(status, statusText, [.. errors ?? []]);
    }

    /// <summary>One line for a log.</summary>
    public override string ToString() => $"{(Success ? "Ok" : "Failed")} {Status} {StatusText}";
}
