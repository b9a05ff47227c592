using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>How a connection of LMTP is opened: TLS, authentication, and what may go wrong.</summary>
public sealed class LmtpConnectionTests : SocketTest
{
    private static readonly SmtpTestServerOptions Lmtp = new() { Protocol = MailProtocol.Lmtp };

    [Theory]
    [InlineData(SmtpTestTlsMode.None, false)]
    [InlineData(SmtpTestTlsMode.None, true)]
    [InlineData(SmtpTestTlsMode.StartTls, false)]
    [InlineData(SmtpTestTlsMode.StartTls, true)]
    [InlineData(SmtpTestTlsMode.Implicit, false)]
    [InlineData(SmtpTestTlsMode.Implicit, true)]
    public async Task A_check_reports_TLS_and_what_the_server_offers(SmtpTestTlsMode tls, bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp with { Tls = tls });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var status = await CheckAsync(transporter, async);

        Assert.True(status.Success, status.ToString());
        Assert.Equal(tls == SmtpTestTlsMode.None, status.TlsProtocol == System.Security.Authentication.SslProtocols.None);
        Assert.Contains("PIPELINING", status.Capabilities);
        await transporter.DisposeAsync();
        Assert.True(server.Sessions[0].EndedWithQuit);
    }

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("LOGIN", true)]
    [InlineData("CRAM-MD5", true)]
    [InlineData("SCRAM-SHA-256", false)]
    [InlineData("SCRAM-SHA-256", true)]
    public async Task A_user_authenticates(string mechanism, bool async)
    {
        await using var server = SmtpTestServer.Start(
            Lmtp with { Users = Users, AuthMechanisms = [mechanism, $"{mechanism}-PLUS"], RequireAuthentication = true });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal((mechanism, User), (server.Sessions[0].AuthMechanism, server.Messages[0].AuthenticatedUser));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_authentication_is_attempted_once(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp with { Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Password = "wrong" });

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Contains(result.Errors, e => e is { ErrCode: SmtpErrorCodes.AuthenticationFailed, ComponentSignature: "auth" });
        Assert.Equal(1, Assert.Single(server.Sessions).AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_without_TLS_needs_consent_to_clear_text(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp with { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AcceptUnsecureConnection = false });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.TlsNotAvailable, "tls");
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls, false)]
    [InlineData(SmtpTestTlsMode.StartTls, true)]
    [InlineData(SmtpTestTlsMode.Implicit, false)]
    [InlineData(SmtpTestTlsMode.Implicit, true)]
    public async Task A_certificate_that_is_not_trusted_is_refused(SmtpTestTlsMode tls, bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp with { Tls = tls });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { TrustedCertificates = [] });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.CertificateNotTrusted, "tls");
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Nothing_that_follows_the_reply_to_STARTTLS_is_used(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.StartTls).ReplyRaw("220 Ready\r\n250 Injected\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ProtocolError, "tls");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_of_SMTP_is_named_as_such(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Protocol = MailProtocol.Lmtp });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.LmtpNotSpoken, "smtp");
        Assert.False(result.IsTransient);
        Assert.Contains("Protocol = Smtp", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_greeting_has_its_reply(bool async)
    {
        await using var server = SmtpTestServer.Start(Lmtp);
        server.Script.On(SmtpStep.Connect).Times(1).ReplyAndClose(421, "4.3.2 Busy");
        server.Script.On(SmtpStep.Ehlo).Times(1).Reply(451, "4.3.0 Later");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal((Outcome.NotSent, 421), (await SendAsync(transporter, async)) is var a ? (a.Outcome, a.Status) : default);
        Assert.Equal((Outcome.NotSent, 451), (await SendAsync(transporter, async)) is var b ? (b.Outcome, b.Status) : default);
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [InlineData(SmtpStep.Connect, false)]
    [InlineData(SmtpStep.Connect, true)]
    [InlineData(SmtpStep.Ehlo, false)]
    [InlineData(SmtpStep.Ehlo, true)]
    [InlineData(SmtpStep.TlsHandshake, false)]
    [InlineData(SmtpStep.TlsHandshake, true)]
    public async Task A_server_that_hangs_while_it_is_greeted_is_cut_off(SmtpStep step, bool async)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(Lmtp);
            var hang = server.Script.On(step).Hang();
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { ConnectionTimeout = limit });

            var result = await SendAsync(transporter, async);

            if (!hang.Reached.IsCompleted)
                return false;
            Assert.Equal(Outcome.NotSent, result.Outcome);
            Assert.Contains(result.Errors, e => e.Kind == SmtpErrorKind.Timeout);
            return true;
        });
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_password_is_not_in_the_extended_log(bool async)
    {
        var log = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.log");
        await using var server = SmtpTestServer.Start(Lmtp with { Users = Users, AuthMechanisms = ["PLAIN"] });
        try
        {
            await using (var transporter = new SmtpTransporter(server.ToServerOptions() with { LogFile = log }))
                AssertAccepted(await SendAsync(transporter, async));

            var written = await File.ReadAllTextAsync(log, Cancellation);
            Assert.Contains("AUTH PLAIN ***", written, StringComparison.Ordinal);
            Assert.Contains("LHLO", written, StringComparison.Ordinal);
            Assert.Contains("QUIT", written, StringComparison.Ordinal);
            var secret = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{User}\0{Password}"));
            Assert.DoesNotContain(secret, written, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public void The_protocol_is_read_from_a_URL_and_from_settings()
    {
        var fromUrl = ServerOptions.Parse("lmtp://mail.test:24?acceptUnsecureConnection=true");
        var fromSettings = ServerOptions.FromSettings(new Dictionary<string, string?>
        {
            ["Host"] = "mail.test",
            ["Port"] = "24",
            ["Protocol"] = "lmtp",
            ["AcceptUnsecureConnection"] = "true",
        });

        Assert.Equal((MailProtocol.Lmtp, 24), (fromUrl.Protocol, fromUrl.Port));
        Assert.Equal(fromUrl, fromSettings);
        Assert.False(ServerOptions.TryParse("lmtp://mail.test", out _));
        Assert.Equal("unix:/run/lmtp.sock", ServerOptions.Parse("lmtp://unix:/run/lmtp.sock?acceptUnsecureConnection=true").Host);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(465)]
    [InlineData(587)]
    public void A_port_of_SMTP_is_not_one_of_LMTP(int port)
    {
        var options = new ServerOptions { Host = "mail.test", Protocol = MailProtocol.Lmtp, Port = port };

        var error = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options));

        Assert.Contains("usually 24", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_of_a_factory_speak_SMTP_only()
    {
        var options = new ServerOptions { Host = "mail.test", Protocol = MailProtocol.Lmtp, Port = 24 };

        var error = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options, () => new MailKit.Net.Smtp.SmtpClient()));

        Assert.Contains("Protocol = Lmtp", error.Message, StringComparison.Ordinal);
    }
}
