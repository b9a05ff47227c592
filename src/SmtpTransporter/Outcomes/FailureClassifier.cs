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
        ? new Failure(reply, [SmtpError.Of(SmtpErrorCodes.AuthenticationRequired, reply.Text, "auth")], IsTransient: false)
        : new Failure(reply, [], reply.IsTransient);

    /// <summary>An exception, which ended an operation that had come as far as the facts say.</summary>
    public static Failure Classify(Exception exception, Deadline deadline, ConnectionFacts facts)
    {
        var failure = Find(WithoutGuesses(exception), deadline, facts);
        return deadline.CanceledByCaller && failure.Reply is null
            && exception is not EmailContentException ? failure with { IsCanceled = true } : failure;
    }

    /// <summary>
    /// The cause of a handshake that failed: the exception about it holds a page of guesses about ports and certificates, of which our own
    /// words name the one that is true.
    /// </summary>
    private static Exception WithoutGuesses(Exception exception) =>
        exception is SslHandshakeException or TlsFailedException && exception.InnerException is { } cause
            ? new TlsFailedException(cause) : exception;

    private static Failure Find(Exception exception, Deadline deadline, ConnectionFacts facts)
    {
        if (exception is EmailContentException content)
            return Local(content.Code, content.Component, content, transient: false);
        // What came first tells what it is, whatever was thrown about it.
        if (!deadline.CanceledByDisposal && OpeningFailures.OfOtherServer(exception, facts) is { } other)
            return other;
        switch (exception)
        {
            case TlsFailedException { InnerException: SendFailureException known }:
                return Local(known.Code, known.Component, known, transient: false);
            case SendFailureException known:
                return Local(known.Code, known.Component, known, transient: MayPass(known.Code), explanation: known.Explanation);
        }
        // What the server answered stands, even if time ran out behind it.
        if ((Answered(exception, facts) ?? ClosedWithNotice(exception, facts)) is { } answered)
            return answered;
        if (deadline.CanceledByDisposal)
            return Local(
                SmtpErrorCodes.Disposed, "conf", exception, transient: false, $"The transporter was disposed while this was under way.");
        if (deadline.TimedOut || IsTimeout(exception))
            return OpeningFailures.TimedOut(exception, facts);
        return exception switch
        {
            SessionBrokenException broken => Local(
                broken.ClosedByServer ? SmtpErrorCodes.ConnectionClosed : SmtpErrorCodes.ProtocolError, "smtp", broken, transient: true,
                At(facts, broken)),
            AuthenticationFailedException login => Local(SmtpErrorCodes.AuthenticationFailed, "auth", login, transient: false),
            AuthenticationException login => Local(SmtpErrorCodes.AuthenticationFailed, "auth", login, transient: false),
            TlsFailedException => OpeningFailures.Handshake(exception, facts),
            NotSupportedException unsupported when facts.Step is DialogueStep.Hello or DialogueStep.Greeting or DialogueStep.None => Local(
                SmtpErrorCodes.TlsNotAvailable, "tls", unsupported, transient: false,
                $"The server{facts.At} does not offer STARTTLS, and AcceptUnsecureConnection is false: nothing was sent in the clear."),
            SmtpCommandException command => Local(
                SmtpErrorCodes.ProtocolError, "smtp", command, transient: true,
                $"The server{facts.At} answered {(int)command.StatusCode}, which is not a valid reply: {command.Message}"),
            SmtpProtocolException protocol => MailKitReply.SaysDisconnected(protocol)
                ? Local(
                    SmtpErrorCodes.ConnectionClosed, "smtp", protocol, transient: true,
                    $"The server{facts.At} closed the connection unexpectedly.")
                : Local(SmtpErrorCodes.ProtocolError, "smtp", protocol, transient: true, At(facts, protocol)),
            SocketException socket => OpeningFailures.Network(socket, facts),
            // With TLS 1.3 a server answers the client certificate behind the handshake.
            System.IO.IOException ended when TlsAlert.Find(ended) is { } alert => OpeningFailures.Alerted(ended, alert),
            System.IO.IOException lost => Local(
                SmtpErrorCodes.ConnectionLost, facts.Step == DialogueStep.TlsHandshake ? "tls" : "tcp", lost, transient: true,
                At(facts, lost)),
            ServiceNotConnectedException gone => Local(SmtpErrorCodes.ConnectionClosed, "smtp", gone, transient: true, At(facts, gone)),
            FormatException or InvalidOperationException when facts.Step >= DialogueStep.Mail => Local(
                SmtpErrorCodes.InvalidMessage, "mail", exception, transient: false),
            _ => Local(SmtpErrorCodes.Unexpected, "smtp", exception, transient: false),
        };
    }

    private static bool MayPass(int code) =>
        SmtpErrorTraits.KindOf(code) == SmtpErrorKind.Timeout
        || code is SmtpErrorCodes.TokenUnavailable or SmtpErrorCodes.RateLimited or SmtpErrorCodes.ConnectFailed
            or SmtpErrorCodes.ProxyUnreachable or SmtpErrorCodes.ProxyCannotConnect;

    private static bool IsTimeout(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut })
                return true;
        }
        return false;
    }

    /// <summary>The failure if the server gave a reply that refuses (4yz, 5yz); null otherwise.</summary>
    private static Failure? Answered(Exception exception, ConnectionFacts facts) => exception switch
    {
        ServerRefusedException refused => Refused(refused.Reply),
        AuthenticationFailedException { Reply: { IsRefusal: true } reply } login => RefusedLogin(reply, login),
        AuthenticationException login when MailKitReply.From(login) is { IsRefusal: true } reply => RefusedLogin(reply, login),
        SmtpCommandException command when MailKitReply.From(command) is { IsRefusal: true } reply =>
            OpeningFailures.OfUnknownHello(reply, facts) ?? new Failure(reply, [], reply.IsTransient),
        ServiceNotAuthenticatedException demanded => Refused(new Reply(530, demanded.Message)),
        _ => null,
    };

    private static Failure RefusedLogin(Reply reply, Exception login)
    {
        var errors = Failure.ErrorsOf(SmtpErrorCodes.AuthenticationFailed, "auth", login);
        // What helps with a password is no help with a token; what is known of a service stands.
        if (reply.IsPermanent && login is AuthenticationFailedException { WasByToken: true }
            && RefusalCatalog.ForReply(reply.Code, reply.Text) is null or { Provider: null })
        {
            var explanation = RefusalCatalog.OfCode("own.token-not-accepted");
            errors = errors.ConvertAll(e => e with { Explanation = explanation });
        }
        return new(reply, errors, reply.IsTransient);
    }

    /// <summary>
    /// A server that closes sends 421 first (RFC 5321, section 3.8). If MailKit went on to the next command or reply, only the lost
    /// connection is seen of it.
    /// </summary>
    private static Failure? ClosedWithNotice(Exception exception, ConnectionFacts facts) =>
        facts.ClosingNotice is not null
            && exception is SmtpProtocolException or SessionBrokenException or System.IO.IOException or SocketException
            ? Refused(facts.ClosingNotice)
            : null;

    /// <summary>The exception's own words with the server that it is about; null if that is not known.</summary>
    private static ErrorText? At(ConnectionFacts facts, Exception exception) =>
        facts.Server is null ? null : ErrorText.Say($"{facts.Server}: {ErrorText.Of(exception)}");

    private static Failure Local(
        int code, string component, Exception exception, bool transient, ErrorText? message = null, string? explanation = null) =>
        Failure.Of(code, component, exception, transient, message, explanation);
}
