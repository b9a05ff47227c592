using System.Net.Sockets;
using System.Text;

namespace SmtpTransport;

/// <summary>What failed while a connection was opened, and what it was waiting for if time ran out: in words that name the place.</summary>
internal static class OpeningFailures
{
    public static Failure TimedOut(Exception exception, ConnectionFacts facts)
    {
        return facts.Step switch
        {
            DialogueStep.Resolve => Late(SmtpErrorCodes.ResolveTimeout, "dns", $"The host name{Quoted(facts)} was not resolved in time."),
            DialogueStep.Connect => Late(
                SmtpErrorCodes.ConnectTimeout, "tcp", $"The server{facts.At} did not accept the connection in time{Tried(facts)}.",
                facts.IsUnixSocket ? "own.unix-socket-timeout" : null),
            DialogueStep.TlsHandshake => Late(
                SmtpErrorCodes.TlsTimeout, "tls", $"The TLS handshake{With(facts)} did not complete in time."),
            DialogueStep.Authenticate => Late(
                SmtpErrorCodes.AuthenticationTimeout, "auth", $"The server{facts.At} did not answer the authentication in time."),
            DialogueStep.Greeting when facts.IsImplicitTls => Late(
                SmtpErrorCodes.ReplyTimeout, "smtp",
                $"The server{facts.At} completed TLS and sent no greeting in time: it waits for the client to speak first, as an "
                + $"HTTP server does.",
                "own.no-greeting"),
            DialogueStep.Greeting => Late(
                SmtpErrorCodes.ReplyTimeout, "smtp",
                $"The server{facts.At} sent no greeting in time: it waits for the client to speak first, as a server with TLS from the "
                + $"first byte does (ImplicitTls, port 465), or an HTTP server.",
                "own.no-greeting"),
            DialogueStep.None => Late(SmtpErrorCodes.ReplyTimeout, "smtp", $"The time was over before the message could be sent."),
            var step => Late(SmtpErrorCodes.ReplyTimeout, "smtp", $"The server{facts.At} did not answer in time ({step})."),
        };

        Failure Late(int code, string component, ErrorText text, string? explanation = null) =>
            Failure.Of(code, component, exception, transient: true, text, explanation);
    }

    /// <summary>The failure if what answers is not a server of SMTP, or speaks TLS where it should not or not where it should.</summary>
    public static Failure? OfOtherServer(Exception exception, ConnectionFacts facts)
    {
        if (facts.Step is not (DialogueStep.Greeting or DialogueStep.TlsHandshake) || facts.Capabilities.Count > 0
            || FirstOf(facts) is not { Length: > 0 } first)
            return null;
        if (OtherServer.Recognize(first) is { } kind)
        {
            return Failure.Of(
                SmtpErrorCodes.ProtocolError, "smtp", exception, transient: false,
                $"{kind:own} answers{facts.At}, and not a server of SMTP: it greets with \"{OtherServer.Line(first)}\".",
                "own.other-server");
        }
        if (facts is { Step: DialogueStep.Greeting, IsImplicitTls: false } && OtherServer.IsTls(first))
        {
            return Failure.Of(
                SmtpErrorCodes.TlsHandshakeFailed, "tls", exception, transient: false,
                $"The server{facts.At} speaks TLS from the first byte, and ImplicitTls is not set.", "own.not-starttls");
        }
        return facts is { Step: DialogueStep.TlsHandshake, IsImplicitTls: true } && OtherServer.IsSmtp(first)
            ? Failure.Of(
                SmtpErrorCodes.TlsHandshakeFailed, "tls", exception, transient: false,
                $"The server{facts.At} greets in clear text (\"{OtherServer.Line(first)}\"), and TLS from the first byte was expected.",
                "own.not-implicit-tls")
            : null;
    }

    /// <summary>The failure if the server knows neither EHLO nor HELO, as one of LMTP; null otherwise.</summary>
    public static Failure? OfUnknownHello(Reply reply, ConnectionFacts facts)
    {
        if (facts is not { Step: DialogueStep.Hello, Times: not null } || reply.Code is not (500 or 502))
            return null;
        var error = SmtpError.Of(
            SmtpErrorCodes.ProtocolError, ErrorText.Say($"The server{facts.At} knows neither EHLO nor HELO: {reply.Code} {reply.Text}"),
            "smtp");
        return new Failure(reply, [error with { Explanation = RefusalCatalog.OfCode("own.not-smtp") }], IsTransient: false);
    }

    // Under TLS, what came first is known as a line only.
    private static byte[]? FirstOf(ConnectionFacts facts) => facts is { Step: DialogueStep.Greeting, IsImplicitTls: true }
        ? Encoding.UTF8.GetBytes(facts.Times?.LastServerLine ?? "")
        : facts.FirstBytes;

    public static Failure Handshake(Exception handshake, ConnectionFacts facts)
    {
        if (facts.CertificateProblem is { } problem)
        {
            return Failure.Of(
                SmtpErrorCodes.CertificateNotTrusted, "tls", handshake, transient: false, Distrusted(facts, problem), problem.Code);
        }
        if (TlsAlert.Find(handshake) is { } alert)
            return Alerted(handshake, alert);
        return handshake.InnerException is IOException
            ? Failure.Of(
                SmtpErrorCodes.ConnectionLost, "tls", handshake, transient: true,
                $"The connection{To(facts)} was lost during the TLS handshake. If that happens every time, is it the right port? 465 is "
                + $"TLS from the first byte, others upgrade with STARTTLS (ImplicitTls says otherwise).")
            : Failure.Of(
                SmtpErrorCodes.TlsHandshakeFailed, "tls", handshake, transient: false,
                $"The TLS handshake{With(facts)} failed. Is it the right port? 465 is TLS from the first byte, others upgrade with "
                + $"STARTTLS (ImplicitTls says otherwise).");
    }

    public static Failure Alerted(Exception exception, TlsAlert alert) =>
        Failure.Of(SmtpErrorCodes.TlsAlert, "tls", exception, transient: false, ErrorText.OfOurs(alert.Message));

    public static Failure Network(SocketException socket, ConnectionFacts facts)
    {
        if (facts.Step == DialogueStep.Resolve || socket.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData
            or SocketError.TryAgain)
        {
            return Failure.Of(
                SmtpErrorCodes.HostNotFound, "dns", socket, transient: true,
                facts.Server is null ? null : ErrorText.Say($"The host name{Quoted(facts)} was not found: {Words(socket):own}."));
        }
        return facts.Step == DialogueStep.Connect
            ? Failure.Of(
                SmtpErrorCodes.ConnectFailed, "tcp", socket, transient: true,
                facts.Server is null ? null
                    : ErrorText.Say($"The server{facts.At} cannot be reached: {Words(socket):own}{Tried(facts)}."))
            : Failure.Of(
                SmtpErrorCodes.ConnectionLost, "tcp", socket, transient: true,
                facts.Server is null ? null : ErrorText.Say($"The connection{To(facts)} was lost: {Words(socket):own}."));
    }

    private static ErrorText Distrusted(ConnectionFacts facts, CertificateProblem problem) => facts.Server is null
        ? ErrorText.Say($"The server's certificate is not trusted: {problem.Text}.")
        : ErrorText.Say($"The certificate of the server{facts.At} is not trusted: {problem.Text}.");

    private static string Words(SocketException socket) => socket.Message.TrimEnd('.');

    private static ErrorText Quoted(ConnectionFacts facts) =>
        facts.Server is { } server ? ErrorText.Say($" \"{server.Host:own}\"") : ErrorText.OfOurs("");

    private static ErrorText With(ConnectionFacts facts) =>
        facts.Server is { } server ? ErrorText.Say($" with {server}") : ErrorText.OfOurs("");

    private static ErrorText To(ConnectionFacts facts) =>
        facts.Server is { } server ? ErrorText.Say($" to {server}") : ErrorText.OfOurs("");

    /// <summary>The addresses that were tried: a server may listen on one family only.</summary>
    private static ErrorText Tried(ConnectionFacts facts)
    {
        var addresses = facts.Times?.Addresses ?? [];
        return addresses.Count == 0 || (addresses.Count == 1 && addresses[0].ToString() == facts.Server?.Host)
            ? ErrorText.OfOurs("")
            : ErrorText.Say($" (tried {string.Join(" and ", addresses):own})");
    }
}
