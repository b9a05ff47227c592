using System.Globalization;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>The one place where an exception becomes a reply or errors. The deadline is asked first: what it ended looks like anything.</summary>
internal static class FailureClassifier
{
    public static Failure Classify(Exception exception, Deadline deadline, SmtpConnection? connection)
    {
        var step = connection?.Step ?? DialogueStep.None;
        var certificateRefusal = connection?.Certificate.Refusal;
        switch (exception)
        {
            case EmailContentException content:
                return Local(content.Code, content.Component, content, transient: false);
            case SslHandshakeException { InnerException: SendFailureException known }:
                return Local(known.Code, known.Component, known, transient: false);
            case SendFailureException known:
                return Local(known.Code, known.Component, known, transient: known.Code is SmtpErrorCodes.TokenUnavailable or SmtpErrorCodes.RateLimited or SmtpErrorCodes.NoFreeConnection);
        }
        // What the server said stands, even where time ran out in the RSET after it.
        if ((Answered(exception) ?? ClosedWithNotice(exception, connection)) is { } answered)
            return answered;
        if (deadline.CancelledByDisposal)
            return Local(SmtpErrorCodes.Disposed, "conf", exception, transient: false, "The transporter was disposed while this was under way.");
        if (deadline.TimedOut || IsTimeout(exception))
            return TimedOut(exception, step);
        return exception switch
        {
            SmtpCommandException command => Local(
                SmtpErrorCodes.ProtocolError, "smtp", command, transient: true,
                $"The server answered {(int)command.StatusCode}, which means nothing there: {command.Message}"),
            AuthenticationException login => Local(SmtpErrorCodes.AuthenticationFailed, "auth", login, transient: false),
            SslHandshakeException handshake => Handshake(handshake, certificateRefusal),
            NotSupportedException unsupported when step is DialogueStep.Hello or DialogueStep.Greeting or DialogueStep.None => Local(
                SmtpErrorCodes.TlsNotAvailable, "tls", unsupported, transient: false,
                "The server does not offer STARTTLS, and AcceptUnsecureConnection is false: nothing was sent in the clear."),
            SmtpProtocolException protocol => Local(
                protocol.Message.Contains("disconnected", StringComparison.Ordinal) ? SmtpErrorCodes.ConnectionClosed : SmtpErrorCodes.ProtocolError,
                "smtp", protocol, transient: true),
            SocketException socket => Network(socket, step),
            System.IO.IOException lost => Local(SmtpErrorCodes.ConnectionLost, step == DialogueStep.TlsHandshake ? "tls" : "tcp", lost, transient: true),
            ServiceNotConnectedException gone => Local(SmtpErrorCodes.ConnectionClosed, "smtp", gone, transient: true),
            FormatException or InvalidOperationException when step >= DialogueStep.Mail => Local(SmtpErrorCodes.InvalidMessage, "mail", exception, transient: false),
            _ => Local(SmtpErrorCodes.Unexpected, "smtp", exception, transient: false),
        };
    }

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
            DialogueStep.TlsHandshake => (SmtpErrorCodes.TlsTimeout, "tls", "The TLS handshake did not end in time."),
            DialogueStep.Authenticate => (SmtpErrorCodes.AuthenticationTimeout, "auth", "The server did not answer the login in time."),
            DialogueStep.Greeting => (SmtpErrorCodes.ReplyTimeout, "smtp", "The server sent no greeting in time. Is it a port with TLS from the first byte (ImplicitTls)?"),
            _ => (SmtpErrorCodes.ReplyTimeout, "smtp", $"The server did not answer in time ({step})."),
        };
        return Local(code, component, exception, transient: true, what);
    }

    /// <summary>The failure where the server gave a reply that refuses (4yz, 5yz); null else.</summary>
    private static Failure? Answered(Exception exception)
    {
        switch (exception)
        {
            case SmtpCommandException command when (int)command.StatusCode is >= 400 and < 600:
                var reply = new Reply((int)command.StatusCode, command.Message);
                return new Failure(reply, [], reply.IsTransient);
            case ServiceNotAuthenticatedException demanded:
                return new Failure(
                    new Reply(530, demanded.Message), Errors(SmtpErrorCodes.AuthenticationRequired, "auth", demanded), IsTransient: false);
            // With an explicit mechanism MailKit has the code only at the beginning of the message: "535: 5.7.8 …".
            case AuthenticationException { Message: [_, _, _, ':', ' ', ..] message } login
                when int.TryParse(message.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and < 600:
                return new Failure(new Reply(code, message[5..]), Errors(SmtpErrorCodes.AuthenticationFailed, "auth", login), code < 500);
            default:
                return null;
        }
    }

    /// <summary>
    /// A server that closes says 421 first (RFC 5321, section 3.8). Where MailKit went on to the next command or reply, only the lost connection
    /// is seen of it.
    /// </summary>
    private static Failure? ClosedWithNotice(Exception exception, SmtpConnection? connection) =>
        exception is SmtpProtocolException or System.IO.IOException or SocketException
            && connection?.Own?.Recorder.LastServerLine is { } line && (line == "421" || line.StartsWith("421 ", StringComparison.Ordinal))
            ? new Failure(new Reply(421, line.Length > 4 ? line[4..] : ""), [], IsTransient: true)
            : null;

    private static Failure Handshake(SslHandshakeException handshake, string? certificateRefusal) =>
        certificateRefusal is null
            ? Local(
                SmtpErrorCodes.TlsHandshakeFailed, "tls", handshake, transient: false,
                "The TLS handshake failed. Is it the right port? 465 is TLS from the first byte, others upgrade with STARTTLS (ImplicitTls says otherwise).")
            : Local(SmtpErrorCodes.CertificateNotTrusted, "tls", handshake, transient: false, $"The server's certificate is not trusted: {certificateRefusal}.");

    private static Failure Network(SocketException socket, DialogueStep step) =>
        step == DialogueStep.Resolve || socket.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
            ? Local(SmtpErrorCodes.HostNotFound, "dns", socket, transient: true)
            : Local(step == DialogueStep.Connect ? SmtpErrorCodes.ConnectFailed : SmtpErrorCodes.ConnectionLost, "tcp", socket, transient: true);

    private static Failure Local(int code, string component, Exception exception, bool transient, string? message = null) =>
        new(null, Errors(code, component, exception, message), transient);

    /// <summary>Innermost first; where a message of ours says it better, it is the last.</summary>
    private static List<SmtpError> Errors(int code, string component, Exception exception, string? message = null)
    {
        var errors = new List<SmtpError>();
        for (Exception? current = exception; current is not null; current = current.InnerException)
            errors.Insert(0, new SmtpError(code, Reply.Plain(current.Message), component));
        if (message is not null && message != exception.Message)
            errors.Add(new SmtpError(code, Reply.Plain(message), component));
        return errors;
    }
}
