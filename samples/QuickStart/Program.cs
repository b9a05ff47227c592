using System.Text;
using SmtpTransport;
using SmtpTransport.Testing;

var parsed = Arguments.Parse(args);
if (parsed.Action is not null)
{
    // Prints the help, or the errors in the arguments.
    return await parsed.InvokeAsync() == 0 ? 0 : 2;
}

var arguments = Arguments.Of(parsed);

// Without a host, the email goes to a server in this process, over a real socket with STARTTLS and authentication.
await using var server = arguments.Host is null
    ? SmtpTestServer.Start(new() { Users = new Dictionary<string, string> { ["me"] = "secret" } })
    : null;

try
{
    using var transporter = new SmtpTransporter(server?.ToServerOptions() ?? arguments.ToServerOptions());
    var email = new Email
    {
        From = arguments.From,
        To = arguments.To,
        Subject = "Grüße from SmtpTransporter – 日本語",
        TextBody = "It works.\n",
        HtmlBody = "<p>It <b>works</b>.</p>\n",
        Attachments = { MailAttachment.FromBytes(Encoding.UTF8.GetBytes("a;b\n1;2\n"), "figures.csv") },
    };

    var check = transporter.CheckConnection();
    Report.Write(check);
    if (!check.Success)
        return 1;

    var result = transporter.Send(email);
    Report.Write(result);
    if (server is not null && result.Success)
        Report.Write(await server.WaitForMessageAsync());
    return result.Success ? 0 : 1;
}
catch (ArgumentException exception)
{
    // The options are not valid. Problems of delivery do not throw: they are in the result.
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
