using System.Globalization;
using System.Security.Authentication;
using MailKit.Net.Smtp;

namespace SmtpTransport;

/// <summary>Makes the status of a check from what the connection knows.</summary>
internal static class ConnectionStatusFactory
{
    public static ConnectionStatus Create(SmtpConnection? connection, bool wasUsed, Failure? failure, TimeSpan elapsed, IReadOnlyList<SmtpError> warnings, SecretRedactor secrets)
    {
        var recorder = connection?.Own?.Recorder;
        var reply = failure is null ? connection?.CheckReply ?? new Reply(250, "") : failure.Reply;
        var client = connection?.Client;
        // A server that has heard the password once may offer it as anything the next time.
        IReadOnlyList<string> capabilities = [.. (recorder?.Extensions ?? Names(client?.Capabilities ?? SmtpCapabilities.None)).Select(secrets.Redact)];
        return new ConnectionStatus(reply?.Code ?? 0, secrets.Redact(reply?.Text ?? failure?.Errors[^1].Message ?? ""), secrets.Redact(failure?.Errors ?? []))
        {
            TlsProtocol = connection?.Tls?.Protocol ?? SslProtocols.None,
            TlsCipher = connection?.Tls?.Cipher,
            CertificateSubject = connection?.Certificate.Subject is { } subject ? secrets.Redact(subject) : null,
            CertificateExpiresAt = connection?.Certificate.Expires,
            Capabilities = capabilities,
            SizeLimit = SizeLimit(capabilities),
            AuthenticationMechanism = connection?.Mechanism,
            Timings = Times(recorder, wasUsed, elapsed),
            Warnings = warnings,
        };
    }

    private static ConnectionTimings Times(SessionRecorder? recorder, bool wasUsed, TimeSpan elapsed) =>
        recorder is null ? new ConnectionTimings { Total = elapsed }
        : wasUsed ? new ConnectionTimings { Check = elapsed, Total = elapsed }
        : new ConnectionTimings
        {
            Resolve = recorder.TimeIn(DialogueStep.Resolve),
            Connect = recorder.TimeIn(DialogueStep.Connect),
            Greeting = recorder.TimeIn(DialogueStep.Greeting),
            Tls = recorder.TimeIn(DialogueStep.TlsHandshake),
            Authenticate = recorder.TimeIn(DialogueStep.Authenticate),
            Check = recorder.TimeIn(DialogueStep.NoOp),
            Total = elapsed,
        };

    private static long? SizeLimit(IReadOnlyList<string> capabilities) =>
        capabilities.FirstOrDefault(c => c.StartsWith("SIZE ", StringComparison.OrdinalIgnoreCase)) is { } size
            && long.TryParse(size.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : null;

    private static string[] Names(SmtpCapabilities capabilities) =>
        capabilities == SmtpCapabilities.None ? [] : capabilities.ToString().Split(", ");
}
