using Moq;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a user is told whose login cannot work, or whose server is reached otherwise: the remedy fits what was tried.</summary>
public sealed class LoginMistakeTests : OAuthTest
{
    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_token_endpoint_that_asks_to_wait_gets_no_advice_about_credentials(int status)
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "secret");
        identity.Enqueue(new() { Status = status, Body = "{}", RetryAfter = TimeSpan.FromSeconds(30) });

        var result = await SendWithAsync(identity, provider);

        Assert.Equal(SendStep.Authenticate, result.FailedStep);
        Assert.Matches(
            $"answered {status}: .+ Wait until .+ UTC, as the server asks.+ Do what the error says, and send again later: it may pass by "
            + "itself\\. \\[own\\.token\\]$", result.ToString());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_token_is_told_as_a_token_and_not_as_a_password(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "another" });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { User = User, AccessTokenOAuth2 = "token" });

        var result = await SendAsync(transporter, async);
        var status = await CheckAsync(transporter, async);

        Assert.Equal((535, SendStep.Authenticate), (result.Status, result.FailedStep));
        foreach (var line in (string[])[result.ToString(), status.ToString()])
        {
            Assert.EndsWith(
                $" (localhost:{server.Port}). Check that User is the mailbox that the token stands for, that the token has the scope for "
                + "SMTP of this service, that the user or an administrator has consented to it, and that SMTP AUTH is on for the mailbox. "
                + "[own.token-not-accepted]", line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(535, "5.7.3 Authentication unsuccessful", "m365.login-unsuccessful")]
    [InlineData(535, "5.7.8 Bad token", "own.token-not-accepted")]
    [InlineData(454, "4.7.0 Temporary authentication failure: Connection lost to authentication server", "postfix.login-service")]
    public async Task What_is_known_of_a_reply_is_told_of_a_refused_token_too(int code, string text, string expected)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        server.Script.On(SmtpStep.Auth).Reply(code, text);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal(expected, (await transporter.SendAsync(NewMail(), Cancellation)).Explanation?.Code);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_mechanism_that_is_not_offered_is_told_with_the_option_that_demands_it(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN"] });
        var mechanism = Mock.Of<ISaslMechanism>(m => m.Name == "X-OWN");
        var byPassword = server.ToServerOptions() with { User = User, Password = Password };

        await AssertAsync("own.mechanism", byPassword with { AuthenticationMode = AuthenticationMode.CramMd5 });
        await AssertAsync("own.mechanisms-named", byPassword with { AuthenticationMechanisms = ["LOGIN"] });
        await AssertAsync(
            "own.mechanism-of-factory", byPassword with { User = null, Password = null, SaslMechanismFactory = () => mechanism });
        await AssertAsync("own.no-common-mechanism", byPassword with { Password = null, AccessTokenOAuth2 = "token" });

        async Task AssertAsync(string expected, ServerOptions options)
        {
            await using var transporter = new SmtpTransporter(options);
            var result = await SendAsync(transporter, async);
            var status = await CheckAsync(transporter, async);

            AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
            Assert.Equal((expected, expected), (result.Explanation?.Code, status.Explanation?.Code));
            Assert.Equal((SendStep.Authenticate, SendStep.Authenticate), (result.FailedStep, status.FailedStep));
            Assert.Equal(
                expected == "own.mechanism", result.ToString().Contains("Leave AuthenticationMode at Auto", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_token_that_cannot_be_had_failed_at_the_authentication(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
        var provider = new Mock<IAccessTokenProvider>();
        provider.Setup(p => p.GetTokenAsync(It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .Throws(new AccessTokenException("The vault is gone", isTransient: false));
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { User = User, AccessTokenOAuth2 = null, AccessTokenProvider = provider.Object });

        var result = await SendAsync(transporter, async);
        var status = await CheckAsync(transporter, async);

        Assert.Equal((SendStep.Authenticate, SendStep.Authenticate), (result.FailedStep, status.FailedStep));
        Assert.Equal("own.token-refused", result.Explanation?.Code);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_way_without_a_port_is_told_without_ports(bool async)
    {
        using var folder = new Scratch();
        var options = new ServerOptions { Host = $"unix:{folder.Folder}/none.sock", AcceptUnsecureConnection = true };
        await using var missing = new SmtpTransporter(options);
        await using var refused = new SmtpTransporter(options with
        {
            Host = "mail.test",
            ConnectCallback = (_, _) => throw new IOException("The tunnel is down"),
        });

        var socket = await SendAsync(missing, async);
        var callback = await SendAsync(refused, async);

        Assert.EndsWith(
            "Check the path in Host, that the server runs and listens there, and that this process may read and write the socket. "
            + "[own.unix-socket]", socket.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(
            "Check the place to which ConnectCallback connects, and the way there; Host and Port are only what it is given. "
            + "[own.connect-callback]", callback.ToString(), StringComparison.Ordinal);
        Assert.True(socket.IsTransient && callback.IsTransient);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_of_LMTP_that_is_spoken_to_in_SMTP_is_told_as_such(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Protocol = MailProtocol.Lmtp });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Protocol = MailProtocol.Smtp });

        var result = await SendAsync(transporter, async);
        var status = await CheckAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 500, SendStep.Hello), (result.Outcome, result.Status, result.FailedStep));
        foreach (var line in (string[])[result.ToString(), status.ToString()])
        {
            Assert.EndsWith(
                $"500 5.5.1 Command not recognized (localhost:{server.Port}). If it is a server of LMTP (usually port 24), set Protocol to "
                + "Lmtp; otherwise use the port of its SMTP: 587 with STARTTLS, or 465 with TLS from the first byte. [own.not-smtp]",
                line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_check_whose_login_is_an_unknown_command_fails(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).Reply(504, "5.5.4 Unrecognized authentication type");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var status = await CheckAsync(transporter, async);

        Assert.Equal((false, 504, SendStep.Authenticate), (status.Success, status.Status, status.FailedStep));
        Assert.Empty(status.Warnings);
    }

    [Theory]
    [InlineData("OAuth:ClientSecert", "The key \"OAuth:ClientSecert\" is unknown. Is it \"OAuth:ClientSecret\"?")]
    [InlineData("OAuth:Tennant", "The key \"OAuth:Tennant\" is unknown. Is it \"OAuth:Tenant\"?")]
    [InlineData("OAuth:Zebra", "The key \"OAuth:Zebra\" is unknown; known are OAuth:CertificatePassword, OAuth:CertificatePath, ")]
    public void A_misspelled_key_of_OAuth_is_told_with_the_one_that_is_meant(string key, string expected) =>
        Assert.StartsWith(
            expected, ServerOptionsSettings.Read([new(key, "hush-hush")], out _)?.Message, StringComparison.Ordinal);
}
