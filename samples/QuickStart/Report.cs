using System.Globalization;
using System.Text;
using SmtpTransport;
using SmtpTransport.Testing;

/// <summary>Writes the results of a check and a send, and the received message, to the console.</summary>
internal static class Report
{
    public static void Write(ConnectionStatus check)
    {
        Console.WriteLine("Connection");
        Line("status", $"{check.Status} {check.StatusText}");
        Line("TLS", check.TlsProtocol == 0 ? "none" : $"{check.TlsProtocol}, {check.TlsCipher}");
        if (check.CertificateSubject is not null)
            Line("certificate", $"{check.CertificateSubject}, until {check.CertificateExpiresAt:yyyy-MM-dd}");
        Line("auth", check.AuthenticationMechanism ?? "none");
        Line("capabilities", string.Join(", ", check.Capabilities));
        Line("size limit", check.SizeLimit is { } limit ? $"{limit:N0} bytes" : "not given");
        var timings = check.Timings;
        Line("name", timings.Resolve);
        Line("connect", timings.Connect);
        Line("greeting", timings.Greeting);
        Line("TLS handshake", timings.Tls);
        Line("auth exchange", timings.Authenticate);
        Write(check.Errors);
    }

    public static void Write(SendResult result)
    {
        Console.WriteLine("\nResult");
        Line("outcome", result.Outcome.ToString());
        Line("status", $"{result.Status} {result.StatusText}");
        Line("message id", result.MessageId);
        Line("queue id", result.QueueId ?? "not given");
        foreach (var recipient in result.Recipients)
            Line("recipient", $"{recipient.Address}: {recipient.State}, {recipient.Status} {recipient.StatusText}");
        Line("time", $"{result.Elapsed.TotalMilliseconds:N1} ms");
        Write(result.Errors);
    }

    public static void Write(ReceivedMessage message)
    {
        Console.WriteLine("\nThe message as it arrived");
        Line("from", message.Sender);
        Line("to", string.Join(", ", message.Recipients));
        Line("over", $"{message.Session.TlsProtocol}, authenticated as {message.AuthenticatedUser}");
        Console.WriteLine();
        Console.WriteLine(Encoding.UTF8.GetString(message.Raw.Span));
    }

    private static void Write(IEnumerable<SmtpError> errors)
    {
        foreach (var error in errors)
            Line("error", error.ToString());
    }

    private static void Line(string name, TimeSpan time) => Line(name, $"{time.TotalMilliseconds:N1} ms");

    private static void Line(string name, FormattableString text) => Line(name, text.ToString(CultureInfo.InvariantCulture));

    private static void Line(string name, string text) => Console.WriteLine($"  {name,-15}{text}");
}
