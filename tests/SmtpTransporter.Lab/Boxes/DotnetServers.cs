using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using netDumbster.smtp;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace SmtpTransport.Lab;

/// <summary>The servers of two NuGet packages, which need a program to live in: this one.</summary>
internal static class DotnetServers
{
    /// <summary>Runs a server of the process's box until it is ended.</summary>
    public static Task RunAsync(string server) => server switch
    {
        "smtpserver" => RunSmtpServerAsync(),
        "netdumbster" => RunNetDumbsterAsync(),
        _ => throw new ArgumentException($"{server} is no server of NuGet."),
    };

    private static async Task RunSmtpServerAsync()
    {
        using var pem = X509Certificate2.CreateFromPemFile("/store/tls/certificate.pem", "/store/tls/key.pem");
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(new Files());
        services.Add(new Mailboxes());
        services.Add(new DelegatingUserAuthenticator((user, password) => (user, password) == ("me", "secret")));
        var options = new SmtpServerOptionsBuilder()
            .ServerName("smtpserver.test")
            .MaxMessageSize(2_000_000, MaxMessageSizeHandling.Strict)
            .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, 2741)))
            .Endpoint(e => e.Endpoint(new IPEndPoint(IPAddress.Loopback, 2742)).Certificate(certificate).AuthenticationRequired())
            .Build();
        await new SmtpServer.SmtpServer(options, services).StartAsync(CancellationToken.None);
    }

    private static Task RunNetDumbsterAsync()
    {
        var server = SimpleSmtpServer.Start(2745);
        server.MessageReceived += (_, received) => Store(
            received.Message.FromAddress.Address, received.Message.ToAddresses.Select(a => a.Address),
            Encoding.UTF8.GetBytes(received.Message.Data));
        return Task.Delay(Timeout.Infinite);
    }

    private static void Store(string sender, IEnumerable<string> recipients, byte[] message)
    {
        var file = $"/store/{Guid.NewGuid():N}";
        var head = $"MAIL {sender}\n{string.Concat(recipients.Select(r => $"RCPT {r}\n"))}\n";
        File.WriteAllBytes($"{file}.part", [.. Encoding.UTF8.GetBytes(head), .. message]);
        File.Move($"{file}.part", $"{file}.msg");
    }

    private sealed class Files : MessageStore
    {
        public override Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            var message = buffer.ToArray();
            if (message.AsSpan(0, Math.Min(message.Length, 2000)).IndexOf("CONTENT-REFUSED"u8) >= 0)
                return Task.FromResult(new SmtpResponse(SmtpReplyCode.TransactionFailed, "5.7.1 content refused"));
            Store(Text(transaction.From), transaction.To.Select(Text), message);
            return Task.FromResult(SmtpResponse.Ok);
        }

        // The server takes the quotes of a local part away.
        private static string Text(IMailbox mailbox) => mailbox switch
        {
            { Host.Length: 0 } => "",
            { User: var user } when user.Contains(' ', StringComparison.Ordinal) => $"\"{user}\"@{mailbox.Host}",
            _ => $"{mailbox.User}@{mailbox.Host}",
        };
    }

    private sealed class Mailboxes : MailboxFilter
    {
        public override Task<bool> CanAcceptFromAsync(
            ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken) => Task.FromResult(from.User != "bad");

        public override Task<bool> CanDeliverToAsync(
            ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) =>
            Task.FromResult(!to.User.StartsWith("refused", StringComparison.Ordinal));
    }
}
