using SmtpTransport.Analyzers;
using SmtpTransport.Analyzers.CodeFixes;
using Xunit;

namespace SmtpTransport.AnalyzerTests;

/// <summary>SMTP011.</summary>
public sealed class MailKitClientTests
{
    private const string Before = """
        using System;
        using System.Linq;
        using System.Threading;
        using System.Threading.Tasks;
        using MailKit.Net.Smtp;
        using MailKit.Security;
        using MimeKit;
        using SmtpTransport;

        public sealed class App
        {
            public async Task RunAsync(MimeMessage message, string host, int port, bool ssl, string user, CancellationToken token)
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
        using var client = new SmtpClient();
        client.Connect("smtp.example.com", 587, SecureSocketOptions.StartTls);
        client.Authenticate("me", Secret());
        client.Send(message);
        client.Disconnect(true);
        """,
        """
        using var client = new SmtpTransporter(new ServerOptions
        {
            Host = "smtp.example.com",
            Port = 587,
            User = "me",
            Password = Secret(),
        });
        client.Send(message).EnsureSuccess();
        """)]
    [InlineData(
        """
        using (var client = new SmtpClient())
        {
            await client.ConnectAsync(host, port, ssl, token);
            // Gmail knows only this.
            client.AuthenticationMechanisms.Remove("XOAUTH2");
            await client.AuthenticateAsync(user, Secret(), token);
            await client.SendAsync(message, token);
            await client.DisconnectAsync(true, token);
        }
        """,
        """
        using (var client = new SmtpTransporter(new ServerOptions
        {
            Host = host,
            Port = port,
            ImplicitTls = ssl,
            User = user,
            Password = Secret(),
        }))
        {
            (await client.SendAsync(message, token)).EnsureSuccess();
        }
        """)]
    [InlineData(
        """
        using SmtpClient client = new();
        await client.ConnectAsync("localhost", 25).ConfigureAwait(false);
        await client.SendAsync(message).ConfigureAwait(false);
        await client.DisconnectAsync(true).ConfigureAwait(false);
        """,
        """
        using SmtpTransporter client = new SmtpTransporter(new ServerOptions
        {
            Host = "localhost",
            Port = 25,
            AcceptUnsecureConnection = true,
        });
        (await client.SendAsync(message).ConfigureAwait(false)).EnsureSuccess();
        """)]
    [InlineData(
        """
        var client = new SmtpClient { Timeout = 10_000 };
        try
        {
            client.Connect(host, 465, true);
            client.Send(message);
            client.Send(message);
        }
        catch (Exception e)
        {
            Console.WriteLine(e.Message);
        }
        finally
        {
            client.Disconnect(true);
            client.Dispose();
        }
        """,
        """
        var client = new SmtpTransporter(new ServerOptions
        {
            SendTimeout = TimeSpan.FromMilliseconds(10_000),
            Host = host,
            Port = 465,
        });
        try
        {
            client.Send(message).EnsureSuccess();
            client.Send(message).EnsureSuccess();
        }
        catch (Exception e)
        {
            Console.WriteLine(e.Message);
        }
        finally
        {
            client.Dispose();
        }
        """)]
    [InlineData(
        """
        using var client = new SmtpClient();
        client.ServerCertificateValidationCallback = (s, c, h, e) => true;
        client.Connect(host, 2525, SecureSocketOptions.None);
        client.Send(message);
        """,
        """
        using var client = new SmtpTransporter(new ServerOptions
        {
            DangerouslyAcceptAnyServerCertificate = true,
            Host = host,
            Port = 2525,
            AcceptUnsecureConnection = true,
        });
        client.Send(message).EnsureSuccess();
        """)]
    [InlineData(
        """
        using var client = new SmtpClient();
        client.Connect(host, 0, SecureSocketOptions.SslOnConnect);
        client.Send(message);
        """,
        """
        using var client = new SmtpTransporter(new ServerOptions { Host = host, Port = 465 });
        client.Send(message).EnsureSuccess();
        """)]
    public Task It_is_reported_and_replaced(string statements, string expected) =>
        Verify.FixCodeAsync<MailKitClientAnalyzer, ClientFixProvider>(
            Code(statements.Replace("new SmtpClient()", "[|new SmtpClient()|]", StringComparison.Ordinal)
                .Replace("new SmtpClient {", "[|new SmtpClient {", StringComparison.Ordinal)
                .Replace("10_000 };", "10_000 }|];", StringComparison.Ordinal)
                .Replace("= new();", "= [|new()|];", StringComparison.Ordinal)),
            Code(expected));

    [Theory]
    [InlineData("client.Connect(host, port);\nConsole.WriteLine(client.Send(message));")]
    [InlineData("client.Connect(host, port);\nConsole.WriteLine(client.Capabilities);\nclient.Send(message);")]
    [InlineData("client.Connect(host, port);\nif (ssl)\n    client.Authenticate(user, user);\nclient.Send(message);")]
    [InlineData("client.Connect(host, port);\nclient.Disconnect(true);")]
    [InlineData("client.Send(message);")]
    [InlineData("var server = host + \".example.com\";\nclient.Connect(server, port);\nclient.Send(message);")]
    [InlineData("if (ssl)\n    client.Connect(host, port);\nclient.Send(message);")]
    [InlineData("client.Connect(host, await Task.FromResult(port));\nclient.Send(message);")]
    [InlineData("client.MessageSent += (s, e) => { };\nclient.Connect(host, port);\nclient.Send(message);")]
    [InlineData("client.Connect(host, port);\nawait Task.Run(() => client.Send(message));")]
    [InlineData("client.Connect(host, port);\nawait Task.WhenAll(client.SendAsync(message));")]
    [InlineData("client.Connect(host, port);\nclient.Authenticate(new SaslMechanismOAuth2(user, user));\nclient.Send(message);")]
    [InlineData("client.Connect(host, port);\nclient.Send(message, message.From.Mailboxes.First(), []);")]
    [InlineData("client.Connect(host, port);\ntry\n{\n    client.Send(message);\n}\ncatch (SmtpCommandException)\n{\n}")]
    [InlineData("for (var i = 0; i < 3; i++)\n    client.Connect(host, port);\nclient.Send(message);")]
    public Task It_is_not_reported(string statements) =>
        Verify.CodeAsync<MailKitClientAnalyzer>(Code($"using var client = new SmtpClient();\n{statements}"));

    [Theory]
    [InlineData("using var client = new SmtpClient(new MailKit.ProtocolLogger(host));\nclient.Connect(host, port);\nclient.Send(message);")]
    [InlineData("using var client = new MailKit.Net.Imap.ImapClient();\nclient.Connect(host, port);")]
    [InlineData("using var client = new SmtpTransporter(new ServerOptions { Host = host });\nclient.Send(message);")]
    [InlineData(
        """
        using (var client = new SmtpClient())
        {
            var server = host + ".example.com";
            client.Connect(server, port);
            client.Send(message);
        }
        """)]
    public Task Another_client_is_not_reported(string statements) => Verify.CodeAsync<MailKitClientAnalyzer>(Code(statements));

    private static string Code(string statements) => Before + Indented(statements) + After;

    private static string Indented(string statements) =>
        string.Join('\n', statements.Split('\n').Select(line => line.Length == 0 ? line : $"        {line}"));
}
