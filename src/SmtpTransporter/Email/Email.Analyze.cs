namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>Checks the email without sending it: what would fail, and what readers or servers would not handle well.</summary>
    /// <param name="options">
    /// The options that the email will be sent with; their charsets and DKIM domain are considered. Default: those of a new
    /// <see cref="ServerOptions"/>.
    /// </param>
    /// <param name="sizeLimit">The server's limit in bytes (<see cref="ConnectionStatus.SizeLimit"/>). Default none.</param>
    /// <returns>The problems, errors first; empty if there are none. Their codes are in <see cref="EmailDiagnosticCodes"/>.</returns>
    /// <remarks>It opens the attachments' files and uses no network. An invalid email is a diagnostic, not an exception.</remarks>
    public IReadOnlyList<EmailDiagnostic> Analyze(ServerOptions? options = null, long? sizeLimit = null) =>
        [.. EmailAnalyzer.Findings(this, options ?? new ServerOptions(), sizeLimit).OrderByDescending(f => f.Severity)];
}
