using System.Security.Authentication;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class StartTlsTests() : ServerTest(new()
{
    Users = new Dictionary<string, string> { ["me"] = "secret" },
    OfferAuthWithoutTls = true,
    RequireAuthentication = true,
})
{
    [Fact]
    public async Task The_dialogue_begins_again_after_STARTTLS()
    {
        await using var server = SmtpTestServer.Start();
        using var client = await server.ConnectRawAsync(envelope: true);

        Assert.Equal("220 2.0.0 Ready to start TLS", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync(server);
        Assert.Equal("503 5.5.1 Send EHLO first", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        await client.AskAsync("EHLO me");
        await client.EnvelopeAsync("c@example.com");
        await client.DataAsync(".\r\n");

        var message = Assert.Single(server.Messages);
        Assert.True(message.IsSecure);
        Assert.Equal("c@example.com", message.Sender);
        Assert.True(message.Session.IsSecure);
        Assert.NotEqual(SslProtocols.None, message.Session.TlsProtocol);
        Assert.Null(message.Session.ClientCertificate);
    }

    [Fact]
    public async Task An_authentication_in_clear_text_does_not_count_under_TLS()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AG1lAHNlY3JldA=="), StringComparison.Ordinal);
        await client.StartTlsAsync(Server);
        await client.AskAsync("EHLO me");

        Assert.Null(Server.Sessions[0].AuthenticatedUser);
        Assert.Equal("530 5.7.0 Authentication required", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AG1lAHNlY3JldA=="), StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("me", Server.Sessions[0].AuthenticatedUser);
    }

    [Fact]
    public async Task Commands_pipelined_with_STARTTLS_are_not_executed()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("STARTTLS\r\nAUTH PLAIN AG1lAHNlY3JldA==\r\nMAIL FROM:<evil@example.com>\r\n");

        Assert.Equal("501 5.5.1 Nothing may follow STARTTLS before its reply\r\n", await client.ReadToEndAsync());
        Assert.Equal(["EHLO client.example.com", "STARTTLS"], Server.Sessions[0].Commands);
        Assert.False(Server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task Clear_text_commands_after_the_reply_to_STARTTLS_only_break_the_handshake()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("STARTTLS");
        await client.SendAsync("MAIL FROM:<evil@example.com>\r\n");

        Assert.DoesNotContain("250", await client.ReadUntilClosedAsync(), StringComparison.Ordinal);
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal(["EHLO client.example.com", "STARTTLS"], Server.Sessions[0].Commands);
        Assert.StartsWith("S: <TLS handshake failed: ", Server.Sessions[0].Transcript[^1], StringComparison.Ordinal);
        Assert.False(Server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task STARTTLS_needs_EHLO_first_and_has_no_argument()
    {
        using var client = await Server.ConnectRawAsync(greeting: true);

        Assert.Equal("503 5.5.1 Send EHLO first", await client.AskAsync("STARTTLS"));
        await client.AskAsync("EHLO me");
        Assert.Equal("501 5.5.4 STARTTLS takes no argument", await client.AskAsync("STARTTLS now"));
        await client.StartTlsAsync(Server);
        Assert.Equal("503 5.5.1 TLS is active already", await client.AskAsync("STARTTLS"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task Implicit_TLS_sends_the_greeting_under_TLS()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        using var client = await server.ConnectRawAsync();
        await client.HandshakeAsync(server);

        Assert.Equal("220 localhost ESMTP ready", await client.ReadReplyAsync());
        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
        Assert.Equal("503 5.5.1 TLS is active already", await client.AskAsync("STARTTLS"));
        Assert.True(server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task A_clear_text_client_gets_no_reply_from_implicit_TLS()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        using var client = await server.ConnectRawAsync();
        await client.SendAsync("EHLO client.example.com\r\n");

        Assert.DoesNotContain("220", await client.ReadUntilClosedAsync(), StringComparison.Ordinal);
        await server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_client_that_does_not_trust_the_certificate_ends_the_handshake()
    {
        await using var other = SmtpTestServer.Start();
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        using var client = await server.ConnectRawAsync();

        await Assert.ThrowsAsync<AuthenticationException>(() => client.HandshakeAsync(other));
        client.Dispose();
        await server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(server.Sessions[0].Commands);
    }

    [Fact]
    public async Task The_TLS_version_can_be_chosen()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit, TlsProtocols = SslProtocols.Tls12 });
        using var client = await server.ConnectRawAsync();
        await client.HandshakeAsync(server);
        await client.ReadReplyAsync();

        Assert.Equal(SslProtocols.Tls12, server.Sessions[0].TlsProtocol);
    }

    [Fact]
    public async Task A_certificate_of_the_options_is_presented_and_not_disposed()
    {
        await using var other = SmtpTestServer.Start();
        await using (var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit, Certificate = other.Certificate }))
        {
            using var client = await server.ConnectRawAsync();
            await client.HandshakeAsync(other);
            await client.ReadReplyAsync();

            Assert.Same(other.Certificate, server.Certificate);
        }

        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(other.Certificate!);
        Assert.NotNull(key);
    }
}
