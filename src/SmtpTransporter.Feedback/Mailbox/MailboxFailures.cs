using System.Net.Sockets;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace SmtpTransport.Feedback;

/// <summary>Says what a failure means, and what to do. No secret is in it, even if the server has sent one back.</summary>
internal sealed class MailboxFailures(FeedbackMailboxOptions options, SecretRedactor secrets)
{
    // A login that is tried again and again locks the account.
    private static readonly TimeSpan LoginPause = TimeSpan.FromMinutes(1);

    private readonly ServerOptions _server = options.Server;

    /// <summary>Whether the server has accepted the login once.</summary>
    public bool HasLoggedIn { get; set; }

    /// <summary>Whether the connection is as good as before.</summary>
    public static bool KeepsConnection(Exception exception) =>
        exception is ImapCommandException or MessageNotFoundException or FeedbackMailboxException;

    /// <param name="exception">What was thrown.</param>
    /// <param name="reply">The last reply of the server; null if the connection is gone.</param>
    /// <param name="certificateProblem">Why the certificate was refused; null if it was not.</param>
    public FeedbackMailboxException Explain(Exception exception, ServerReply? reply = null, string? certificateProblem = null) =>
        exception switch
        {
            FeedbackMailboxException known => known,
            SendFailureException failure => Create(
                failure.Text.Rewritten(secrets.Redact).ToString(), failure.Code == SmtpErrorCodes.TokenUnavailable,
                failure.InnerException),
            SslHandshakeException when certificateProblem is not null => Create(
                $"The certificate of the server is not accepted: {certificateProblem}. Use the name in the certificate as the host, or "
                + "trust a company's own authority with TrustedCertificates.",
                isTransient: false, exception),
            SslHandshakeException => Create(
                $"TLS was not possible: {Words(exception.InnerException ?? exception)}. Is it the right port? TLS begins with the first "
                + "byte on port 993, and with STARTTLS on port 143.",
                isTransient: HasNetworkFailure(exception), exception),
            NotSupportedException => Create(
                "The server offers no STARTTLS. Use port 993, where TLS begins with the first byte; only AcceptUnsecureConnection allows "
                + "clear text.",
                isTransient: false, exception),
            SaslException => Create(
                $"The login cannot go on: {Words(exception)}. Choose another AuthenticationMode.", isTransient: false, exception),
            AuthenticationException when reply is { IsPassing: true } => Create(NotJudged(exception), isTransient: true, exception),
            AuthenticationException when reply is { IsOfTooMany: true } || (HasLoggedIn && reply is { IsRefusing: false }) =>
                Create(NotJudged(exception), isTransient: true, exception, LoginPause),
            AuthenticationException => Create(
                $"The server refused the login of {_server.User}: {Words(exception)}. Check the user and the password, and that IMAP is "
                + "switched on for this mailbox; many services need an app password or OAuth 2.",
                isTransient: false, exception, LoginPause),
            FolderNotFoundException missing => Create(
                $"There is no folder \"{missing.FolderName}\". Give its full name, with the separator of the server, or create it.",
                isTransient: false, exception),
            MessageNotFoundException => Create(
                "The message is no longer in the folder: someone has deleted or moved it.", isTransient: false, exception),
            ImapCommandException refused => Create(
                $"The server refused: {Words(refused.ResponseText ?? refused.Message)}.",
                isTransient: refused.Response != ImapCommandResponse.Bad && reply is not { IsLasting: true }, exception),
            OperationCanceledException => Create("The server did not answer in time.", isTransient: true, exception),
            _ => Create(
                $"The connection failed: {Words(exception)}. If that lasts, check the host, the port and the network.",
                isTransient: true, exception),
        };

    public FeedbackMailboxException Create(string words, bool isTransient, Exception? inner = null, TimeSpan minPause = default) =>
        new($"{_server.Host}:{_server.Port}, folder \"{options.Folder}\": {words}", isTransient, IsSafe(inner) ? inner : null)
        {
            MinPause = minPause,
        };

    private string NotJudged(Exception exception) =>
        $"The server did not judge the login of {_server.User}: {Words(exception)}. Another attempt may succeed.";

    private string Words(Exception exception) => Words(exception.Message);

    private string Words(string text) => ServerText.Clean(secrets.Redact(text)).TrimEnd('.');

    private bool IsSafe(Exception? exception) => exception is null || secrets.Redact(exception.ToString()) == exception.ToString();

    private static bool HasNetworkFailure(Exception? exception) =>
        exception is SocketException or IOException || (exception is not null && HasNetworkFailure(exception.InnerException));
}
