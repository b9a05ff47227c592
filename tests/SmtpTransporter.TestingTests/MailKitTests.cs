using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Messages from a real client.</summary>
public sealed class MailKitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MimeMessage Message(string to = "b@example.com", string text = "Hello")
    {
        var message = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = text } };
        message.From.Add(MailboxAddress.Parse("a@example.com"));
        message.To.Add(MailboxAddress.Parse(to));
        return message;
    }

    private static async Task<SmtpClient> ConnectAsync(
        SmtpTestServer server,
        SecureSocketOptions security,
        X509Certificate2? own = null,
        bool chunks = false)
    {
        var client = chunks ? new ChunkingClient() : new SmtpClient();
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = (_, shown, _, _) => server.Certificate!.RawData.SequenceEqual(shown!.GetRawCertData());
        if (own is not null)
            client.ClientCertificates = [own];
        await client.ConnectAsync(server.Host, server.Port, security, Cancellation);
        return client;
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.None, SecureSocketOptions.None)]
    [InlineData(SmtpTestTlsMode.StartTls, SecureSocketOptions.None)]
    [InlineData(SmtpTestTlsMode.StartTls, SecureSocketOptions.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit, SecureSocketOptions.SslOnConnect)]
    public async Task A_message_arrives_in_clear_text_with_STARTTLS_and_with_implicit_TLS(SmtpTestTlsMode tls, SecureSocketOptions security)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        using var client = await ConnectAsync(server, security);
        var reply = await client.SendAsync(Message(), Cancellation);
        await client.DisconnectAsync(true, Cancellation);
        await server.WaitForSessionEndAsync(0, Cancellation);

        var message = await server.WaitForMessageAsync(0, Cancellation);
        Assert.Contains(message.QueueId, reply, StringComparison.Ordinal);
        Assert.Equal("Hello", message.Message.Subject);
        Assert.Equal("Hello", message.Message.TextBody?.TrimEnd());
        Assert.Equal("a@example.com", message.Sender);
        Assert.Equal(["b@example.com"], message.Recipients);
        Assert.Equal(security != SecureSocketOptions.None, message.IsSecure);
        Assert.True(message.Session.EndedWithQuit);
    }

    [Fact]
    public async Task A_client_certificate_is_available_to_the_test()
    {
        // The certificate of another server has a private key that every system accepts.
        await using var owner = SmtpTestServer.Start();
        await using var server = SmtpTestServer.Start(new() { RequestClientCertificate = true });
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls, owner.Certificate);
        await client.SendAsync(Message(), Cancellation);

        Assert.Equal(owner.Certificate!.Thumbprint, Assert.Single(server.Messages).Session.ClientCertificate?.Thumbprint);
    }

    [Fact]
    public async Task A_missing_client_certificate_is_accepted()
    {
        await using var server = SmtpTestServer.Start(new() { RequestClientCertificate = true, Tls = SmtpTestTlsMode.Implicit });
        using var client = await ConnectAsync(server, SecureSocketOptions.SslOnConnect);
        await client.SendAsync(Message(), Cancellation);

        Assert.Null(Assert.Single(server.Messages).Session.ClientCertificate);
    }

    [Fact]
    public async Task A_client_certificate_is_not_sent_unless_the_server_asks_for_it()
    {
        await using var owner = SmtpTestServer.Start();
        await using var server = SmtpTestServer.Start();
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls, owner.Certificate);
        await client.SendAsync(Message(), Cancellation);

        Assert.Null(Assert.Single(server.Messages).Session.ClientCertificate);
    }

    [Fact]
    public async Task Many_messages_are_received_over_one_connection()
    {
        await using var server = SmtpTestServer.Start();
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls);
        for (var i = 0; i < 20; i++)
            await client.SendAsync(Message($"b{i}@example.com"), Cancellation);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"b{i}@example.com"), server.Messages.Select(m => m.Recipients[0]));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_message_arrives_complete_by_BDAT_and_by_DATA(bool chunking)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = chunking });
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls, chunks: chunking);
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $".line {i}\r\n"));
        await client.SendAsync(Message(text: text), Cancellation);

        var message = Assert.Single(server.Messages);
        Assert.Equal(text, message.Message.TextBody?.ReplaceLineEndings("\r\n"));
        Assert.Equal(chunking, message.Session.Commands.Any(c => c.StartsWith("BDAT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_international_envelope_arrives()
    {
        await using var server = SmtpTestServer.Start();
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls);
        var format = FormatOptions.Default.Clone();
        format.International = true;
        await client.SendAsync(format, Message("jürgen@example.com"), Cancellation);

        var message = Assert.Single(server.Messages);
        Assert.Equal(["jürgen@example.com"], message.Recipients);
        Assert.Contains("SMTPUTF8", message.SenderParameters.Keys);
    }

    [Fact]
    public async Task A_refusal_reaches_the_client()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "b@example.com").Reply(550, "5.1.1 No such user");
        using var client = await ConnectAsync(server, SecureSocketOptions.StartTls);

        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(Message(), Cancellation));

        Assert.Equal(SmtpErrorCode.RecipientNotAccepted, refused.ErrorCode);
        Assert.Equal("5.1.1 No such user", refused.Message);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task Many_clients_are_served_at_once()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using var client = await ConnectAsync(server, SecureSocketOptions.None);
            await client.SendAsync(Message($"b{i}@example.com"), Cancellation);
        }));

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"b{i}@example.com").Order(StringComparer.Ordinal),
            server.Messages.Select(m => m.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.Equal(20, server.Sessions.Count);
    }

    private sealed class ChunkingClient : SmtpClient
    {
        protected override bool PreferSendAsBinaryData => true;
    }
}
