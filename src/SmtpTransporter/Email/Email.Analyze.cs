namespace SmtpTransport;

public sealed partial class Email
{
    /// <summary>
    /// Looks the mail over without sending it: what would fail, and what readers or servers would stumble over. Opens the attachments' files;
    /// touches no network.
    /// </summary>
    /// <param name="options">
    /// The options that it will be sent with: their charsets and DKIM domain count. Default: those of a new <see cref="ServerOptions"/>.
    /// </param>
    /// <param name="sizeLimit">The server's limit in octets (<see cref="ConnectionStatus.SizeLimit"/>). Default none.</param>
    /// <returns>
    /// The findings, errors first; empty where there are none. Codes: <c>invalid</c> (it would not be sent: no sender, no recipient, a wrong
    /// address, a missing file …), <c>placeholder</c> (<c>{{name}}</c> was left), <c>cid-missing</c> (the HTML refers to a part that is not there),
    /// <c>cid-unused</c> (a part that the HTML does not refer to), <c>long-line</c> (over 998 octets: it goes out encoded), <c>clipped</c> (HTML
    /// over 102 KB, which Gmail cuts off), <c>blocked-type</c> (an attachment that many servers refuse), <c>dkim-domain</c> (From is of another
    /// domain than the DKIM key), <c>too-large</c> (over the size limit), <c>no-text</c> (HTML without a text beside it), <c>no-subject</c>.
    /// </returns>
    public IReadOnlyList<EmailDiagnostic> Analyze(ServerOptions? options = null, long? sizeLimit = null) =>
        [.. EmailAnalyzer.Findings(this, options ?? new ServerOptions(), sizeLimit).OrderByDescending(f => f.Severity)];
}
