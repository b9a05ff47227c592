using System.Net.Security;
using System.Security.Authentication;

namespace SmtpTransport;

/// <summary>Whether the server can be used, and what the check found.</summary>
/// <remarks>Immutable and safe to share between threads. It holds no secret.</remarks>
public sealed class ConnectionStatus
{
    internal ConnectionStatus(int status, string statusText, IReadOnlyList<SmtpError> errors)
    {
        Status = status;
        StatusText = statusText;
        Errors = errors;
    }

    /// <summary>True if the server was reached, TLS and authentication succeeded, and the server replied to NOOP.</summary>
    /// <remarks>
    /// A server that does not know NOOP (500 to 504) can be used all the same: <see cref="Status"/> is its reply then, and
    /// <see cref="Warnings"/> says so.
    /// </remarks>
    public bool Success => Status is >= 200 and < 300 || IsNoOpUnknown;

    /// <summary>The server's reply code (RFC 5321, section 4.2); 0 if the failure is not a reply of the server.</summary>
    public int Status { get; }

    /// <summary>The reply's text; without a reply, the last error's message.</summary>
    public string StatusText { get; }

    /// <summary>One sentence that says what went wrong, for a person; empty after a success. Never null.</summary>
    /// <remarks>
    /// For a refusal it is the text of the reply, without its code; for a failure without a reply, the message of the last error.
    /// </remarks>
    public string Reason => Success ? "" : FailureSummary.Reason(Status, StatusText, Errors);

    /// <summary>
    /// What went wrong, innermost first; empty if the server replied, except to a refused authentication (see
    /// <see cref="SendResult.Errors"/>).
    /// </summary>
    public IReadOnlyList<SmtpError> Errors { get; }

    /// <summary>The server that was asked, by its host and port, such as <c>mail.example.com:587</c>; null if none was.</summary>
    public string? Server => Endpoint?.ToString();

    /// <summary>The step that failed; null after a success, and if no connection was begun.</summary>
    public SendStep? FailedStep { get; internal init; }

    /// <summary>What the refusal, or else the last error, means and what to do about it; null if the catalog does not know it.</summary>
    public RefusalExplanation? Explanation => IsNoOpUnknown ? null : FailureSummary.Explain(Status, StatusText, Errors);

    /// <summary>True if another check may succeed later without a change.</summary>
    /// <remarks>It is true for a 4yz reply, an unreachable server, a lost connection and a time limit; false after a success.</remarks>
    public bool IsTransient => !Success && FailureSummary.IsTransient(Status, Errors);

    /// <summary>The TLS version; <see cref="SslProtocols.None"/> if the connection is not encrypted.</summary>
    public SslProtocols TlsProtocol { get; internal init; }

    /// <summary>The cipher suite; null if the connection is not encrypted.</summary>
    public TlsCipherSuite? TlsCipher { get; internal init; }

    /// <summary>The subject of the server's certificate, even of one that is not trusted; null if the server presented none.</summary>
    public string? CertificateSubject { get; internal init; }

    /// <summary>When the server's certificate expires; null if the server presented none.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; internal init; }

    /// <summary>
    /// The extensions that the server offers, as in its EHLO reply (RFC 5321, section 4.1.1.1), such as <c>SIZE 10485760</c>.
    /// </summary>
    public IReadOnlyList<string> Capabilities { get; internal init; } = [];

    /// <summary>The size in bytes of the largest message that the server accepts (RFC 1870); null if it announces no limit.</summary>
    public long? SizeLimit { get; internal init; }

    /// <summary>The SASL mechanism of the authentication (RFC 4954); null if there was none.</summary>
    public string? AuthenticationMechanism { get; internal init; }

    /// <summary>How long each step took. A connection that was already open has <see cref="ConnectionTimings.Check"/> only.</summary>
    public ConnectionTimings Timings { get; internal init; } = new();

    /// <summary>Problems that did not fail the check, such as a log that could not be written.</summary>
    public IReadOnlyList<SmtpError> Warnings { get; internal init; } = [];

    internal EndpointName? Endpoint { get; init; }

    /// <summary>Whether the server answered NOOP with a reply that says only that it does not know the command.</summary>
    internal bool IsNoOpUnknown { get; init; }

    /// <summary>Creates a status for a fake <see cref="ISmtpTransporter"/> in a test.</summary>
    /// <param name="status">The reply code, or 0.</param>
    /// <param name="statusText">The reply's text.</param>
    /// <param name="errors">What went wrong, innermost first. Default none.</param>
    /// <returns>The status.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="statusText"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="status"/> is negative.</exception>
    public static ConnectionStatus Create(int status, string statusText, IEnumerable<SmtpError>? errors = null)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        ArgumentOutOfRangeException.ThrowIfNegative(status);
        return new(status, statusText, [.. errors ?? []]);
    }

    /// <summary>One line: what was found, at which <see cref="Server"/>, and what to do.</summary>
    /// <returns>
    /// Such as <c>Ok 250 2.0.0 Ok</c> or <c>Failed: The server mail.example.com:587 did not accept the connection in time. …
    /// [own.connect-timeout]</c>, with the code of <see cref="Explanation"/>.
    /// </returns>
    public override string ToString() =>
        Success ? $"Ok {Status} {StatusText}"
        : FailureSummary.Line(Status == 0 ? $"Failed: {Reason}" : $"Failed {Status} {StatusText}", Endpoint, Explanation);
}
