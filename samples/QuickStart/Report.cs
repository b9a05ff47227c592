using System.Globalization;
using System.Text;
using SmtpTransport;
using SmtpTransport.Testing;

/// <summary>What a check, a send and the embedded server have to say, on the console.</summary>
internal static class Report
{
    public static void Write(ConnectionStatus check)
    {
        Console.WriteLine("Connection");
        Line("status", $"{check.Status} {check.StatusText}");
        Line("TLS", check.TlsProtocol == 0 ? "none" : $"{check.TlsProtocol}, {check.TlsCipher}");
        if (check.CertificateSubject is not null)
            Line("certificate", $"{check.CertificateSubject}, until {check.CertificateExpiresAt:yyyy-MM-dd}");
        Line("login", check.AuthenticationMechanism ?? "none");
        Line("capabilities", string.Join(", ", check.Capabilities));
        Line("size limit", check.SizeLimit is { } limit ? $"{limit:N0} bytes" : "not given");
        var times = check.Timings;
        Line("time", $"name {times.Resolve.TotalMilliseconds:N1} ms, connect {times.Connect.TotalMilliseconds:N1} ms, greeting {times.Greeting.TotalMilliseconds:N1} ms, TLS {times.Tls.TotalMilliseconds:N1} ms, login {times.Authenticate.TotalMilliseconds:N1} ms");
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
        Line("over", $"{message.Session.TlsProtocol}, logged in as {message.AuthenticatedUser}");
        Console.WriteLine();
        Console.WriteLine(Encoding.UTF8.GetString(message.Raw.Span));
    }

    private static void Write(IEnumerable<SmtpError> errors)
    {
        foreach (var error in errors)
            Line("error", error.ToString());
    }

    private static void Line(string name, FormattableString text) => Line(name, text.ToString(CultureInfo.InvariantCulture));

    private static void Line(string name, string text) => Console.WriteLine($"  {name,-13}{text}");
}
