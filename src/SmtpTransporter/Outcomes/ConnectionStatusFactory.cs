using System.Globalization;

namespace SmtpTransport;

/// <summary>Makes the status of a check from what is known of the connection.</summary>
internal static class ConnectionStatusFactory
{
    public static ConnectionStatus Create(
        ConnectionFacts facts, bool wasUsed, Reply? reply, Failure? failure, TimeSpan elapsed, IReadOnlyList<SmtpError> warnings,
        SecretRedactor secrets)
    {
        // A server that received the password once may offer it as anything the next time.
        IReadOnlyList<string> capabilities = [.. facts.Capabilities.Select(secrets.Redact)];
        var errors = secrets.Redact(failure?.Errors ?? []);
        // The same reply to another command is a failure.
        var isNoOpUnknown = failure is null && reply is { IsUnknownCommand: true };
        if (isNoOpUnknown)
            warnings = [.. warnings, NoOpUnknown(reply!, secrets)];
        return new ConnectionStatus(
            reply?.Code ?? 0, TextOf(reply, errors, secrets), errors)
        {
            Endpoint = facts.Server,
            TlsProtocol = facts.TlsProtocol,
            TlsCipher = facts.TlsCipher,
            CertificateSubject = facts.CertificateSubject is { } subject ? secrets.Redact(subject) : null,
            CertificateExpiresAt = facts.CertificateExpiresAt,
            Capabilities = capabilities,
            SizeLimit = SizeLimit(capabilities),
            AuthenticationMechanism = facts.Mechanism,
            Timings = Timings(facts.Times, wasUsed, elapsed),
            Warnings = warnings,
            IsNoOpUnknown = isNoOpUnknown,
            FailedStep = failure is null || facts.Step == DialogueStep.None ? null : facts.SendStep,
        };
    }

    private static string TextOf(Reply? reply, IReadOnlyList<SmtpError> errors, SecretRedactor secrets) =>
        reply is not null ? secrets.Redact(reply.Text) : errors.Count > 0 ? errors[^1].Message : "";

    private static SmtpError NoOpUnknown(Reply reply, SecretRedactor secrets) => new(
        SmtpErrorCodes.ProtocolError,
        $"The server does not know NOOP, which every server must (RFC 5321, section 4.5.1): {reply.Code} {secrets.Redact(reply.Text)}. "
        + "The connection can be used.",
        "smtp");

    private static ConnectionTimings Timings(DialogueTracker? times, bool wasUsed, TimeSpan elapsed) =>
        times is null ? new ConnectionTimings { Total = elapsed }
        : wasUsed ? new ConnectionTimings { Check = elapsed, Total = elapsed }
        : times.Timings(elapsed);

    private static long? SizeLimit(IReadOnlyList<string> capabilities) =>
        capabilities.FirstOrDefault(c => c.StartsWith("SIZE ", StringComparison.OrdinalIgnoreCase)) is { } size
            && long.TryParse(size.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : null;
}
