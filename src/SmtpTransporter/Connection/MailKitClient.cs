using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>
/// The default client: MailKit's, over a wire of ours. MailKit greets, upgrades to TLS and authenticates; then transactions of our own
/// speak on the same stream (<see cref="BeginTransactions"/>), which know every reply, and what was sent when a connection ends.
/// </summary>
internal class MailKitClient(WireOpener opener, SessionRecorder recorder) : SmtpClient(recorder)
{
    private Deadline? _deadline;
    private WireStream? _wire;
    private SslStream? _tls;

    public SessionRecorder Recorder => recorder;

    /// <inheritdoc cref="WireStream.FirstBytes"/>
    public byte[]? FirstBytes => _wire?.FirstBytes;

    /// <inheritdoc cref="WireStream.IsAborted"/>
    public bool IsAborted => _wire is { IsAborted: true };

    protected Deadline Deadline => _deadline!;

    /// <summary>True if nothing has come from the server but the answers to what MailKit asked, and nothing waits to be read.</summary>
    public bool IsQuiet => recorder.Guard.IsInStep && (_wire?.IsQuiet ?? false);

    /// <summary>
    /// The connection is open and authenticated: from here on, until QUIT, only our own transactions speak on it, above TLS. MailKit has
    /// read all that has come, and nothing but answers.
    /// </summary>
    public SmtpChannel BeginTransactions()
    {
        if (!recorder.Guard.IsInStep)
            throw new SendFailureException(SmtpErrorCodes.ProtocolError, "smtp", $"The server sent more than it was asked for.");
        if (IsSecure && _tls is null)
            throw new SendFailureException(SmtpErrorCodes.Unexpected, "tls", $"The encrypted stream of the connection is not known.");
        return new SmtpChannel(_tls ?? (Stream)_wire!, recorder.Log, _wire);
    }

    /// <summary>From here on, everything ends with this deadline.</summary>
    public void Begin(Deadline deadline)
    {
        _deadline = deadline;
        _wire?.Begin(deadline);
    }

    public void End()
    {
        _deadline = null;
        _wire?.End();
    }

    public override void Connect(
        string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default)
    {
        OpenWireAsync(async: false, options).GetCompletedResult();
        // The token is kept out: MailKit asks it only between calls, and the wire ends with the deadline in any case.
        Connect(_wire!, host, port, options, CancellationToken.None);
    }

    public override async Task ConnectAsync(
        string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default)
    {
        await OpenWireAsync(async: true, options).ConfigureAwait(false);
        await ConnectAsync(_wire!, host, port, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the stream under TLS, which ends with the deadline.</summary>
    protected async ValueTask<WireStream> OpenWireAsync(bool async, SecureSocketOptions options)
    {
        _wire = await OpenWireAsync(async, Deadline).ConfigureAwait(false);
        _wire.Begin(Deadline);
        if (options != SecureSocketOptions.SslOnConnect)
            recorder.Tracker.EnterStep(DialogueStep.Greeting);
        return _wire;
    }

    /// <summary>Overridden if the server's replies come from elsewhere than a socket.</summary>
    protected virtual ValueTask<WireStream> OpenWireAsync(bool async, Deadline deadline)
    {
        recorder.Via = opener.Via;
        return opener.OpenAsync(async, deadline, recorder.Tracker);
    }

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
        string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        recorder.Tracker.EnterStep(DialogueStep.TlsHandshake);
        if (!recorder.Guard.IsInStep)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "tls",
                $"The server sent more plain text behind its reply to STARTTLS: it may have been injected, and nothing of it is used.");
        }
        var tls = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
        // The one place where MailKit exposes its stream above TLS: the sender is the stream that asks for a certificate.
        tls.LocalCertificateSelectionCallback = (sender, _, certificates, _, issuers) =>
        {
            _tls = sender as SslStream;
            var own = certificates?.Cast<X509Certificate>() ?? [];
            return own.FirstOrDefault(c => issuers.Contains(c.Issuer)) ?? own.FirstOrDefault()!;
        };
        return tls;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _wire?.Dispose();
        base.Dispose(disposing);
    }
}
