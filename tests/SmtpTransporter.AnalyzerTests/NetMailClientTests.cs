using SmtpTransport.Analyzers;
using SmtpTransport.Analyzers.CodeFixes;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP010.</summary>
public sealed class NetMailClientTests
{
    private const string Before = """
        using System;
        using System.Net;
        using System.Net.Mail;
        using System.Threading;
        using System.Threading.Tasks;

        """;

    private const string Class = """

        public sealed class App
        {
            public async Task RunAsync(MailMessage message, string host, int port, bool ssl, string user, CancellationToken token)
            {
                await Task.Yield();

        """;

    private const string After = """

            }

            private static string Secret() => Environment.GetEnvironmentVariable("SECRET") ?? "";
        }
        """;

    [Theory]
    [InlineData(
        """
        using var client = new SmtpClient("smtp.example.com", 587);
        client.EnableSsl = true;
        client.UseDefaultCredentials = false;
        client.Credentials = new NetworkCredential(user, Secret());
        client.Send(message);
        """,
        """
        using var client = new SmtpTransporter(new ServerOptions
        {
            Host = "smtp.example.com",
            Port = 587,
            User = user,
            Password = Secret(),
        });
        client.Send(MimeMessage.CreateFromMailMessage(message)).EnsureSuccess();
        """)]
    [InlineData(
        """
        using (var client = new SmtpClient { Host = host, Port = port, EnableSsl = ssl, DeliveryMethod = SmtpDeliveryMethod.Network })
        {
            // Waits for the server.
            await client.SendMailAsync(message, token);
        }
        """,
        """
        using (var client = new SmtpTransporter(new ServerOptions
        {
            Host = host,
            Port = port,
            AcceptUnsecureConnection = !ssl,
        }))
        {
            // Waits for the server.
            (await client.SendAsync(MimeMessage.CreateFromMailMessage(message), token)).EnsureSuccess();
        }
        """)]
    [InlineData(
        """
        SmtpClient client = new SmtpClient(host);
        client.Timeout = 5000;
        await client.SendMailAsync(message).ConfigureAwait(false);
        client.Dispose();
        """,
        """
        SmtpTransporter client = new SmtpTransporter(new ServerOptions
        {
            Host = host,
            Port = 25,
            SendTimeout = TimeSpan.FromMilliseconds(5000),
            AcceptUnsecureConnection = true,
        });
        (await client.SendAsync(MimeMessage.CreateFromMailMessage(message)).ConfigureAwait(false)).EnsureSuccess();
        client.Dispose();
        """)]
    public Task It_is_reported_and_replaced(string statements, string expected) =>
        Verify.FixCodeAsync<NetMailClientAnalyzer, ClientFixProvider>(
            Before + Class + Indented(Marked(statements)) + After,
            Before + "using MimeKit;\nusing SmtpTransport;\n" + Class + Indented(expected) + After);

    [Fact]
    public Task The_four_parts_of_a_message_become_an_email() => Verify.FixCodeAsync<NetMailClientAnalyzer, ClientFixProvider>(
        Before + Class + Indented(Marked(
            """
            using var client = new SmtpClient(host, port) { EnableSsl = true };
            client.Send("me@example.com", user, "Hello", "How are you?");
            await client.SendMailAsync("a@b.c", user, "Hello", "Hi");
            """)) + After,
        Before + "using SmtpTransport;\n" + Class + Indented(
            """
            using var client = new SmtpTransporter(new ServerOptions { Host = host, Port = port });
            client.Send(new Email { From = "me@example.com", To = user, Subject = "Hello", TextBody = "How are you?" }).EnsureSuccess();
            (await client.SendAsync(new Email { From = "a@b.c", To = user, Subject = "Hello", TextBody = "Hi" })).EnsureSuccess();
            """) + After);

    [Theory]
    [InlineData("client.SendAsync(message, null);")]
    [InlineData("client.SendCompleted += (s, e) => { };\nawait client.SendMailAsync(message);")]
    [InlineData("client.UseDefaultCredentials = true;\nclient.Send(message);")]
    [InlineData("client.Credentials = CredentialCache.DefaultNetworkCredentials;\nclient.Send(message);")]
    [InlineData("client.Credentials = new NetworkCredential(user, user, host);\nclient.Send(message);")]
    [InlineData("client.DeliveryMethod = SmtpDeliveryMethod.PickupDirectoryFromIis;\nclient.Send(message);")]
    [InlineData("if (ssl)\n    client.EnableSsl = true;\nclient.Send(message);")]
    [InlineData("try\n{\n    client.Send(message);\n}\ncatch (SmtpException)\n{\n}")]
    [InlineData("const int retries = 3;\nclient.Timeout = retries;\nclient.Send(message);")]
    [InlineData("Console.WriteLine(client);\nclient.Send(message);")]
    [InlineData("await Task.WhenAll(client.SendMailAsync(message));")]
    [InlineData("client.EnableSsl = true;")]
    public Task It_is_not_reported(string statements) => Verify.CodeAsync<NetMailClientAnalyzer>(
        Before + Class + Indented($"using var client = new SmtpClient(host);\n{statements}") + After);

    [Theory]
    [InlineData("using var client = new SmtpClient();\nclient.Send(message);")]
    [InlineData("var clients = new[] { new SmtpClient(host) };\nclients[0].Send(message);")]
    public Task Another_use_is_not_reported(string statements) =>
        Verify.CodeAsync<NetMailClientAnalyzer>(Before + Class + Indented(statements) + After);

    private static string Marked(string statements)
    {
        var start = statements.IndexOf("new SmtpClient", StringComparison.Ordinal);
        var end = statements.IndexOf("Network })", start, StringComparison.Ordinal) is >= 0 and var brace
            ? brace + "Network }".Length
            : statements.IndexOf(";\n", start, StringComparison.Ordinal);
        return statements[..start] + "[|" + statements[start..end] + "|]" + statements[end..];
    }

    private static string Indented(string statements) =>
        string.Join('\n', statements.Split('\n').Select(line => line.Length == 0 ? line : $"        {line}"));
}
