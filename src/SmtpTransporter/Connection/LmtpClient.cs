using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>
/// The client of LMTP (RFC 2033). MailKit greets with EHLO only, so this one greets, upgrades to TLS and authenticates by itself, with
/// MailKit's mechanisms.
/// </summary>
internal sealed class LmtpClient(WireOpener opener, SessionRecorder recorder) : MailKitClient(opener, recorder)
{
    private SmtpChannel? _channel;
    private SslStream? _tls;
    private bool _isConnected;

    public override bool IsConnected => _isConnected;

    public override bool IsSecure => _tls is { IsAuthenticated: true };

    public override bool IsEncrypted => _tls is { IsEncrypted: true };

    public override SslProtocols SslProtocol => _tls?.SslProtocol ?? SslProtocols.None;

    public override TlsCipherSuite? SslCipherSuite => _tls?.NegotiatedCipherSuite;

    public override void Connect(
        string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default) =>
        OpenAsync(async: false, host, port, options).GetCompletedResult();

    public override Task ConnectAsync(
        string host, int port = 0, SecureSocketOptions options = SecureSocketOptions.Auto, CancellationToken cancellationToken = default) =>
        OpenAsync(async: true, host, port, options).AsTask();

    public override void Authenticate(SaslMechanism mechanism, CancellationToken cancellationToken = default) =>
        LogInAsync(async: false, mechanism).GetCompletedResult();

    public override Task AuthenticateAsync(SaslMechanism mechanism, CancellationToken cancellationToken = default) =>
        LogInAsync(async: true, mechanism).AsTask();

    public override void Disconnect(bool quit, CancellationToken cancellationToken = default) =>
        QuitAsync(async: false, quit).GetCompletedResult();

    public override Task DisconnectAsync(bool quit, CancellationToken cancellationToken = default) =>
        QuitAsync(async: true, quit).AsTask();

    protected override void Dispose(bool disposing)
    {
        _isConnected = false;
        if (disposing)
            _tls?.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask OpenAsync(bool async, string host, int port, SecureSocketOptions security)
    {
        var wire = await OpenWireAsync(async, security).ConfigureAwait(false);
        if (security == SecureSocketOptions.SslOnConnect)
            await SecureAsync(async, wire, host).ConfigureAwait(false);
        Recorder.LogConnect(new UriBuilder(IsSecure ? "lmtps" : "lmtp", host, port).Uri);
        _channel = new SmtpChannel(_tls ?? (Stream)wire, Recorder, wire);
        var greeting = await ReadAsync(async).ConfigureAwait(false);
        if (greeting.Code != 220)
            throw Unexpected("the connection", greeting);
        await GreetAsync(async).ConfigureAwait(false);
        if (security is SecureSocketOptions.StartTls or SecureSocketOptions.StartTlsWhenAvailable && Offers("STARTTLS"))
        {
            var reply = await AskAsync(async, "STARTTLS").ConfigureAwait(false);
            if (reply.Code != 220)
                throw Unexpected("STARTTLS", reply);
            await SecureAsync(async, wire, host).ConfigureAwait(false);
            _channel = new SmtpChannel(_tls!, Recorder, wire);
            // What was offered in the clear is void (RFC 3207, section 4.2).
            await GreetAsync(async).ConfigureAwait(false);
        }
        else if (security == SecureSocketOptions.StartTls)
        {
            throw new NotSupportedException("The server does not offer STARTTLS.");
        }
        AuthenticationMechanisms.Clear();
        // A binding to the TLS channel is MailKit's to give, and it does not know of this one.
        AuthenticationMechanisms.UnionWith(
            Offered("AUTH").Where(m => !m.EndsWith("-PLUS", StringComparison.OrdinalIgnoreCase)).Select(m => m.ToUpperInvariant()));
        _isConnected = true;
    }

    private async ValueTask GreetAsync(bool async)
    {
        var reply = await AskAsync(async, $"LHLO {Domain()}").ConfigureAwait(false);
        if (reply.IsPermanent)
        {
            throw new SendFailureException(
                SmtpErrorCodes.LmtpNotSpoken, "smtp",
                $"The server refuses LHLO: {reply.Code} {reply.Text}. It speaks SMTP and not LMTP: use the port of its LMTP service, or "
                + $"Protocol = Smtp.");
        }
        if (reply.Code != 250)
            throw Unexpected("LHLO", reply);
    }

    private async ValueTask SecureAsync(bool async, WireStream wire, string host)
    {
        var options = GetSslClientAuthenticationOptions(
            host, (sender, certificate, chain, errors) => ServerCertificateValidationCallback!(sender, certificate, chain, errors));
        _tls = new SslStream(wire, leaveInnerStreamOpen: false);
        try
        {
            if (async)
                await _tls.AuthenticateAsClientAsync(options, Deadline.Token).ConfigureAwait(false);
            else
                _tls.AuthenticateAsClient(options);
        }
        catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException)
        {
            throw new TlsFailedException(exception);
        }
    }

    private async ValueTask LogInAsync(bool async, SaslMechanism mechanism)
    {
        var command = $"AUTH {mechanism.MechanismName}";
        if (mechanism.SupportsInitialResponse)
            command += await RespondAsync(async, mechanism, null).ConfigureAwait(false) is { Length: > 0 } initial ? $" {initial}" : " =";
        var reply = await AskAsync(async, command).ConfigureAwait(false);
        while (reply.Code == 334)
            reply = await AskAsync(async, await RespondAsync(async, mechanism, reply.Text).ConfigureAwait(false)).ConfigureAwait(false);
        if (reply.IsRefusal)
            throw new AuthenticationFailedException($"{reply.Code}: {reply.Text}", reply, null);
        if (reply.Code != 235)
            throw SessionBrokenException.NotAReplyTo("AUTH", reply);
    }

    private async ValueTask<string?> RespondAsync(bool async, SaslMechanism mechanism, string? challenge) =>
        async ? await mechanism.ChallengeAsync(challenge, Deadline.Token).ConfigureAwait(false)
        : mechanism.Challenge(challenge, Deadline.Token);

    private async ValueTask QuitAsync(bool async, bool quit)
    {
        if (quit && _isConnected)
            await AskAsync(async, "QUIT").ConfigureAwait(false);
        _isConnected = false;
    }

    private async ValueTask<Reply> AskAsync(bool async, string? line)
    {
        await _channel!.WriteAsync(async, Encoding.UTF8.GetBytes($"{line}\r\n")).ConfigureAwait(false);
        return await ReadAsync(async).ConfigureAwait(false);
    }

    private async ValueTask<Reply> ReadAsync(bool async)
    {
        var reply = await _channel!.ReadAsync(async).ConfigureAwait(false);
        if (_channel.IsInStep)
            return reply;
        // Behind the reply to STARTTLS, anyone may have written it.
        var isBeforeTls = Recorder.Tracker.Step == DialogueStep.StartTls;
        if (_channel.IsGoodbyeNext && !isBeforeTls && await _channel.ReadAsync(async).ConfigureAwait(false) is { IsClosing: true } goodbye)
            throw new ServerRefusedException(goodbye);
        throw new SendFailureException(
            SmtpErrorCodes.ProtocolError, isBeforeTls ? "tls" : "smtp",
            $"The server sent more than it was asked for: nothing of it is used.");
    }

    private bool Offers(string keyword) =>
        Recorder.Ehlo.Extensions.Any(e => e.Split(' ')[0].Equals(keyword, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<string> Offered(string keyword) => Recorder.Ehlo.Extensions
        .Select(e => e.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length > 0 && words[0].Equals(keyword, StringComparison.OrdinalIgnoreCase))
        .SelectMany(words => words.Skip(1));

    /// <summary>The name of this machine, or an address literal (RFC 5321, section 4.1.3).</summary>
    private string Domain() =>
        !IPAddress.TryParse(LocalDomain, out var address) ? LocalDomain is { Length: > 0 } name ? name : "localhost"
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]"
        : $"[{address}]";

    private static Exception Unexpected(string command, Reply reply) =>
        reply.IsRefusal ? new ServerRefusedException(reply) : SessionBrokenException.NotAReplyTo(command, reply);
}
