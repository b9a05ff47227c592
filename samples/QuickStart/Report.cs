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
            Line("certificate", $"{check.CertificateSubject}, until {check.CertificateExpires:yyyy-MM-dd}");
        Line("login", check.Mechanism ?? "none");
        Line("capabilities", string.Join(", ", check.Capabilities));
        Line("size limit", check.SizeLimit is { } limit ? $"{limit:N0} bytes" : "not given");
        var times = check.Times;
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

    public static void Write(ReceivedMail mail)
    {
        Console.WriteLine("\nThe message as it arrived");
        Line("from", mail.From);
        Line("to", string.Join(", ", mail.To));
        Line("over", $"{mail.Session.TlsProtocol}, logged in as {mail.AuthenticatedUser}");
        Console.WriteLine();
        Console.WriteLine(Encoding.UTF8.GetString(mail.Raw.Span));
    }

    private static void Write(IEnumerable<SmtpError> errors)
    {
        foreach (var error in errors)
            Line("error", error.ToString());
    }

    private static void Line(string name, FormattableString text) => Line(name, text.ToString(CultureInfo.InvariantCulture));

    private static void Line(string name, string text) => Console.WriteLine($"  {name,-13}{text}");
}
