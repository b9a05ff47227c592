using System.Text;
using System.Text.Json;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests authentication faults: servers that prove nothing, expired tokens, token providers that hang.</summary>
public sealed class LoginFaultTests : SocketTest
{
    [Theory]
    [InlineData(SmtpStep.Auth, false)]
    [InlineData(SmtpStep.Auth, true)]
    [InlineData(SmtpStep.AuthResponse, false)]
    [InlineData(SmtpStep.AuthResponse, true)]
    public async Task A_server_that_accepts_authentication_without_its_signature_gets_no_message(SmtpStep step, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(step).Reply(235, "2.7.0 Welcome, whoever you are");
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.ScramSha256 });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ProtocolError, "auth");

        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_goodbye_right_behind_the_login_is_the_servers_reason(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).ReplyRaw("235 2.7.0 Logged in.\r\n421 4.4.0 Failed to connect to relay server\r\n");
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.Plain });

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 421, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.Contains("relay server", result.StatusText, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
    }

    [Theory]
    [InlineData(AuthenticationMode.CramMd5, "no base64!", false)]
    [InlineData(AuthenticationMode.CramMd5, "no base64!", true)]
    [InlineData(AuthenticationMode.ScramSha256, "no base64!", true)]
    [InlineData(AuthenticationMode.ScramSha256, "ej1ub3RoaW5nIG9mIFNDUkFN", false)]
    public async Task A_malformed_challenge_is_an_authentication_error(AuthenticationMode mode, string challenge, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).Reply(334, challenge);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AuthenticationMode = mode });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.All(result.Errors, e => Assert.Equal("auth", e.ComponentSignature));
        Assert.DoesNotContain(result.Errors, e => e.ErrCode == SmtpErrorCodes.Unexpected);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_malformed_NTLM_challenge_is_an_error_of_the_protocol_however_it_is_malformed(bool async)
    {
        byte[] type2 =
        [
            .. "NTLMSSP\0"u8, 2, 0, 0, 0, 9, 0, 9, 0, 255, 0, 0, 0, .. new byte[20], 200, 0, 200, 0, 20, 0, 0, 0, .. new byte[8],
        ];
        foreach (var length in (int[])[0, 7, 8, 12, 14, 16, 20, 24, 32, 40, 44, type2.Length])
        {
            await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["NTLM"] });
            server.Script.On(SmtpStep.Auth).Reply(334, "");
            server.Script.On(SmtpStep.AuthResponse).Reply(334, Convert.ToBase64String(type2.AsSpan(0, length)));
            await using var transporter = new SmtpTransporter(
                server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.Ntlm });

            var result = await SendAsync(transporter, async);

            AssertNotSent(result, SmtpErrorCodes.ProtocolError, "auth");
            Assert.DoesNotContain(result.Errors, e => e.ErrCode == SmtpErrorCodes.Unexpected);
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_password_that_scram_does_not_allow_is_an_authentication_error(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Password = "with\u0007bell", AuthenticationMode = AuthenticationMode.ScramSha256 });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.All(result.Errors, e => Assert.Equal("auth", e.ComponentSignature));
        Assert.DoesNotContain(result.Errors, e => e.Message.Contains("bell", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_errors_contain_the_oauth_reason_but_not_the_token(bool async)
    {
        const string Token = "ya29.expired-token";
        await using var server = SmtpTestServer.Start(new() { AccessToken = "another" });
        server.Script.On(SmtpStep.Auth).Reply(
            334, Convert.ToBase64String(Encoding.ASCII.GetBytes($"{{\"status\":\"401\",\"token\":\"{Token}\"}}")));
        server.Script.On(SmtpStep.AuthResponse).Reply(535, "5.7.8 Token refused");
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AccessTokenOAuth2 = Token });

        var result = await SendAsync(transporter, async);

        Assert.Equal((535, "5.7.8 Token refused"), (result.Status, result.StatusText));
        Assert.Contains(result.Errors, e => e.Message == "{\"status\":\"401\",\"token\":\"***\"}");
        Assert.DoesNotContain(Token, Describe(result), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_expired_token_is_renewed_before_it_is_used(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = "fresh-token" });
        var asked = new List<bool>();
        var provider = new Provider((renew, _) =>
        {
            asked.Add(renew);
            return Task.FromResult(renew ? new AccessToken("fresh-token", DateTimeOffset.MaxValue) : new AccessToken(
                "stale-token", DateTimeOffset.UtcNow.AddSeconds(-1)));
        });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AccessTokenOAuth2 = null, AccessTokenProvider = provider });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal([false, true], asked);
        Assert.Equal(1, server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_token_provider_that_hangs_is_named_in_the_timeout_error(bool async)
    {
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start(new() { AccessToken = "token" });
            var never = new TaskCompletionSource<AccessToken>();
            var wasAsked = false;
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with
            {
                AccessTokenOAuth2 = null,
                AccessTokenProvider = new Provider((_, _) =>
                {
                    wasAsked = true;
                    return never.Task;
                }),
                ConnectionTimeout = limit,
            });

            var result = await SendAsync(transporter, async);
            if (!wasAsked)
                return false;

            AssertNotSent(result, SmtpErrorCodes.TokenUnavailable, "auth");
            return true;
        });
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_check_reports_tls_and_times_even_after_refused_authentication(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Password = "wrong" });

        var status = await CheckAsync(transporter, async);

        Assert.Equal(535, status.Status);
        Assert.NotEqual(System.Security.Authentication.SslProtocols.None, status.TlsProtocol);
        Assert.NotNull(status.TlsCipher);
        Assert.True(status.Timings.Authenticate > TimeSpan.Zero);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Temporarily_failed_authentication_is_attempted_again_with_the_next_email(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).Times(4).Reply(454, "4.7.0 Temporary authentication failure");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        for (var i = 0; i < 4; i++)
            Assert.Equal((454, true), await SendAsync(transporter, async) is var put ? (put.Status, put.IsTransient) : default);
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(5, server.Sessions.Count);
    }

    [Theory]
    [InlineData(421, false)]
    [InlineData(450, false)]
    [InlineData(454, true)]
    public async Task A_deferred_ehlo_is_not_followed_by_helo(int code, bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.Ehlo).Reply(code, "4.3.2 Not now");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, code, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.DoesNotContain("HELO", Verbs(server.Sessions[0]));
    }

    [Theory]
    [InlineData("354 Go on", false)]
    [InlineData("199 What?", true)]
    [InlineData("999 What?", false)]
    [InlineData("hello", true)]
    public async Task A_malformed_reply_to_ehlo_is_a_protocol_error(string line, bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.Ehlo).ReplyRaw($"{line}\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ProtocolError, "smtp");

        Assert.DoesNotContain("HELO", Verbs(server.Sessions[0]));
    }

    [Fact]
    public void Options_as_json_contain_no_secret()
    {
        var options = new ServerOptions
        {
            Host = "h",
            User = "u",
            Password = "s3cret",
            AccessTokenOAuth2 = "t0ken",
            CertificatePassword = "c3rt",
            Dkim = new() { PrivateKey = "k3y" },
        };

        var json = JsonSerializer.Serialize(options);

        Assert.Contains("\"Host\":\"h\"", json, StringComparison.Ordinal);
        Assert.All((string[])["s3cret", "t0ken", "c3rt", "k3y"], secret => Assert.DoesNotContain(secret, json, StringComparison.Ordinal));
    }

    private sealed class Provider(Func<bool, CancellationToken, Task<AccessToken>> give) : IAccessTokenProvider
    {
        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) => new(give(renew, cancellationToken));
    }
}
