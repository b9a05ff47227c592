using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>
/// The one place where a refusal or an exception becomes a failure. The deadline is asked first: what it ended looks like anything.
/// </summary>
internal static class FailureClassifier
{
    /// <summary>A refusal of the server.</summary>
    public static Failure Refused(Reply reply) => reply.Code == 530
        ? new Failure(reply, [new SmtpError(SmtpErrorCodes.AuthenticationRequired, reply.Text, "auth")], IsTransient: false)
        : new Failure(reply, [], reply.IsTransient);

    /// <summary>An exception, which ended an operation that had come as far as the facts say.</summary>
    public static Failure Classify(Exception exception, Deadline deadline, ConnectionFacts facts)
    {
        var failure = Find(exception, deadline, facts);
        return deadline.CanceledByCaller && failure.Reply is null
            && exception is not EmailContentException ? failure with { IsCanceled = true } : failure;
    }

    private static Failure Find(Exception exception, Deadline deadline, ConnectionFacts facts)
    {
        switch (exception)
        {
            case EmailContentException content:
                return Local(content.Code, content.Component, content, transient: false);
            case SslHandshakeException { InnerException: SendFailureException known }:
                return Local(known.Code, known.Component, known, transient: false);
            case SendFailureException known:
                return Local(known.Code, known.Component, known, transient: MayPass(known.Code));
        }
        // What the server answered stands, even if time ran out behind it.
        if ((Answered(exception) ?? ClosedWithNotice(exception, facts)) is { } answered)
            return answered;
        if (deadline.CanceledByDisposal)
            return Local(
                SmtpErrorCodes.Disposed, "conf", exception, transient: false, "The transporter was disposed while this was under way.");
        if (deadline.TimedOut || IsTimeout(exception))
            return TimedOut(exception, facts.Step);
        return exception switch
        {
            SessionBrokenException broken => Local(
                broken.ClosedByServer ? SmtpErrorCodes.ConnectionClosed : SmtpErrorCodes.ProtocolError, "smtp", broken, transient: true),
            AuthenticationFailedException login => Local(SmtpErrorCodes.AuthenticationFailed, "auth", login, transient: false),
            AuthenticationException login => Local(SmtpErrorCodes.AuthenticationFailed, "auth", login, transient: false),
            SslHandshakeException handshake => Handshake(handshake, facts.CertificateRefusal),
            NotSupportedException unsupported when facts.Step is DialogueStep.Hello or DialogueStep.Greeting or DialogueStep.None => Local(
                SmtpErrorCodes.TlsNotAvailable, "tls", unsupported, transient: false,
                "The server does not offer STARTTLS, and AcceptUnsecureConnection is false: nothing was sent in the clear."),
            SmtpCommandException command => Local(
                SmtpErrorCodes.ProtocolError, "smtp", command, transient: true,
                $"The server answered {(int)command.StatusCode}, which is not a valid reply: {command.Message}"),
            SmtpProtocolException protocol => Local(
                MailKitReply.SaysDisconnected(protocol) ? SmtpErrorCodes.ConnectionClosed : SmtpErrorCodes.ProtocolError,
                "smtp", protocol, transient: true),
            SocketException socket => Network(socket, facts.Step),
            // With TLS 1.3 a server answers the client certificate behind the handshake.
            System.IO.IOException ended when TlsAlert.Find(ended) is { } alert => Alerted(ended, alert),
            System.IO.IOException lost => Local(
                SmtpErrorCodes.ConnectionLost, facts.Step == DialogueStep.TlsHandshake ? "tls" : "tcp", lost, transient: true),
            ServiceNotConnectedException gone => Local(SmtpErrorCodes.ConnectionClosed, "smtp", gone, transient: true),
            FormatException or InvalidOperationException when facts.Step >= DialogueStep.Mail => Local(
                SmtpErrorCodes.InvalidMessage, "mail", exception, transient: false),
            _ => Local(SmtpErrorCodes.Unexpected, "smtp", exception, transient: false),
        };
    }

    private static bool MayPass(int code) =>
        code is SmtpErrorCodes.TokenUnavailable or SmtpErrorCodes.RateLimited or SmtpErrorCodes.NoFreeConnection
            or SmtpErrorCodes.ConnectFailed or SmtpErrorCodes.ProxyUnreachable or SmtpErrorCodes.ProxyTimeout
            or SmtpErrorCodes.ProxyCannotConnect;

    private static bool IsTimeout(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut })
                return true;
        }
        return false;
    }

    private static Failure TimedOut(Exception exception, DialogueStep step)
    {
        var (code, component, what) = step switch
        {
            DialogueStep.Resolve => (SmtpErrorCodes.ResolveTimeout, "dns", "The host name was not resolved in time."),
            DialogueStep.Connect => (SmtpErrorCodes.ConnectTimeout, "tcp", "The server did not accept the connection in time."),
            DialogueStep.TlsHandshake => (SmtpErrorCodes.TlsTimeout, "tls", "The TLS handshake did not complete in time."),
            DialogueStep.Authenticate =>
                (SmtpErrorCodes.AuthenticationTimeout, "auth", "The server did not answer the authentication in time."),
            DialogueStep.Greeting => (
                SmtpErrorCodes.ReplyTimeout, "smtp",
                "The server sent no greeting in time. Is it a port with TLS from the first byte (ImplicitTls)?"),
            DialogueStep.None => (SmtpErrorCodes.ReplyTimeout, "smtp", "The time was over before the message could be sent."),
            _ => (SmtpErrorCodes.ReplyTimeout, "smtp", $"The server did not answer in time ({step})."),
        };
        return Local(code, component, exception, transient: true, what);
    }

    /// <summary>The failure if the server gave a reply that refuses (4yz, 5yz); null otherwise.</summary>
    private static Failure? Answered(Exception exception) => exception switch
    {
        ServerRefusedException refused => Refused(refused.Reply),
        AuthenticationFailedException { Reply: { IsRefusal: true } reply } login => RefusedLogin(reply, login),
        AuthenticationException login when MailKitReply.From(login) is { IsRefusal: true } reply => RefusedLogin(reply, login),
        SmtpCommandException command when MailKitReply.From(command) is { IsRefusal: true } reply =>
            new Failure(reply, [], reply.IsTransient),
        ServiceNotAuthenticatedException demanded => Refused(new Reply(530, demanded.Message)),
        _ => null,
    };

    private static Failure RefusedLogin(Reply reply, Exception login) =>
        new(reply, Errors(SmtpErrorCodes.AuthenticationFailed, "auth", login), reply.IsTransient);

    /// <summary>
    /// A server that closes sends 421 first (RFC 5321, section 3.8). If MailKit went on to the next command or reply, only the lost
    /// connection is seen of it.
    /// </summary>
    private static Failure? ClosedWithNotice(Exception exception, ConnectionFacts facts) =>
        facts.ClosingNotice is not null
            && exception is SmtpProtocolException or SessionBrokenException or System.IO.IOException or SocketException
            ? Refused(facts.ClosingNotice)
            : null;

    private static Failure Handshake(SslHandshakeException handshake, string? certificateRefusal)
    {
        const string Ports = "465 is TLS from the first byte, others upgrade with STARTTLS (ImplicitTls says otherwise).";
        if (certificateRefusal is not null)
        {
            return Local(
                SmtpErrorCodes.CertificateNotTrusted, "tls", handshake, transient: false,
                $"The server's certificate is not trusted: {certificateRefusal}.");
        }
        if (TlsAlert.Find(handshake) is { } alert)
            return Alerted(handshake, alert);
        return handshake.InnerException is System.IO.IOException
            ? Local(
                SmtpErrorCodes.ConnectionLost, "tls", handshake, transient: true,
                $"The connection was lost during the TLS handshake. If that happens every time, is it the right port? {Ports}")
            : Local(
                SmtpErrorCodes.TlsHandshakeFailed, "tls", handshake, transient: false,
                $"The TLS handshake failed. Is it the right port? {Ports}");
    }

    private static Failure Alerted(Exception exception, TlsAlert alert) =>
        Local(SmtpErrorCodes.TlsAlert, "tls", exception, transient: false, alert.Message);

    private static Failure Network(SocketException socket, DialogueStep step) =>
        step == DialogueStep.Resolve || socket.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
            ? Local(SmtpErrorCodes.HostNotFound, "dns", socket, transient: true)
            : Local(
                step == DialogueStep.Connect ? SmtpErrorCodes.ConnectFailed : SmtpErrorCodes.ConnectionLost, "tcp", socket,
                transient: true);

    private static Failure Local(int code, string component, Exception exception, bool transient, string? message = null) =>
        new(null, Errors(code, component, exception, message), transient);

    /// <summary>Innermost first; if a message of ours says it better, it is the last.</summary>
    private static List<SmtpError> Errors(int code, string component, Exception exception, string? message = null)
    {
        var errors = new List<SmtpError>();
        for (Exception? current = exception; current is not null; current = current.InnerException)
            errors.Insert(0, new SmtpError(code, ServerText.Clean(current.Message), component));
        if (message is not null && message != exception.Message)
            errors.Add(new SmtpError(code, ServerText.Clean(message), component));
        return errors;
    }
}
