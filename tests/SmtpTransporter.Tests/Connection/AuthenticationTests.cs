using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class AuthenticationTests : SocketTest
{
    private const string Token = "ya29.a0AfH6SMBx-token";

    [Theory]
    [InlineData(AuthenticationMode.Auto, "SCRAM-SHA-256", false)]
    [InlineData(AuthenticationMode.Auto, "SCRAM-SHA-256", true)]
    [InlineData(AuthenticationMode.CramMd5, "CRAM-MD5", false)]
    [InlineData(AuthenticationMode.CramMd5, "CRAM-MD5", true)]
    [InlineData(AuthenticationMode.Login, "LOGIN", false)]
    [InlineData(AuthenticationMode.Login, "LOGIN", true)]
    [InlineData(AuthenticationMode.Plain, "PLAIN", false)]
    [InlineData(AuthenticationMode.Plain, "PLAIN", true)]
    [InlineData(AuthenticationMode.ScramSha256, "SCRAM-SHA-256", false)]
    [InlineData(AuthenticationMode.ScramSha256, "SCRAM-SHA-256", true)]
    public async Task The_authentication_mode_determines_the_mechanism(AuthenticationMode mode, string mechanism, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, RequireAuthentication = true });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AuthenticationMode = mode });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(mechanism, server.Sessions[0].AuthMechanism);
        Assert.Equal(User, server.Messages[0].AuthenticatedUser);
    }

    [Theory]
    [InlineData(AuthenticationMode.Auto, "XOAUTH2", false)]
    [InlineData(AuthenticationMode.Auto, "XOAUTH2", true)]
    [InlineData(AuthenticationMode.OAuth2, "XOAUTH2", false)]
    [InlineData(AuthenticationMode.OAuthBearer, "OAUTHBEARER", false)]
    [InlineData(AuthenticationMode.OAuthBearer, "OAUTHBEARER", true)]
    public async Task A_token_authenticates_the_user(AuthenticationMode mode, string mechanism, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = Token, RequireAuthentication = true });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AuthenticationMode = mode });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(mechanism, server.Sessions[0].AuthMechanism);
    }

    [Theory]
    [InlineData(new[] { "PLAIN", "LOGIN" }, "PLAIN")]
    [InlineData(new[] { "LOGIN", "PLAIN", "CRAM-MD5" }, "CRAM-MD5")]
    [InlineData(new[] { "LOGIN" }, "LOGIN")]
    [InlineData(new[] { "GSSAPI", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5" }, "SCRAM-SHA-256")]
    public async Task Auto_selects_the_most_secure_mechanism_that_is_offered(string[] offered, string chosen)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = offered });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async: true));

        Assert.Equal(chosen, server.Sessions[0].AuthMechanism);
    }

    [Theory]
    [InlineData(AuthenticationMode.Auto, false)]
    [InlineData(AuthenticationMode.Auto, true)]
    [InlineData(AuthenticationMode.CramMd5, true)]
    [InlineData(AuthenticationMode.Login, false)]
    [InlineData(AuthenticationMode.Plain, true)]
    public async Task A_wrong_password_is_attempted_exactly_once_and_is_reported_in_the_result(AuthenticationMode mode, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Password = "wrong", AuthenticationMode = mode });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal(535, result.Status);
        Assert.Equal(new EnhancedStatus(5, 7, 8), result.EnhancedStatus);
        Assert.Contains("credentials invalid", result.StatusText, StringComparison.Ordinal);
        Assert.False(result.IsTransient);
        Assert.Contains(result.Errors, e => e is { ErrCode: SmtpErrorCodes.AuthenticationFailed, ComponentSignature: "auth" });
        Assert.Equal(1, Assert.Single(server.Sessions).AuthAttempts);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(454, true, false)]
    [InlineData(454, true, true)]
    [InlineData(534, false, false)]
    [InlineData(538, false, true)]
    public async Task Refused_authentication_has_the_servers_reply_code(int code, bool transient, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).Reply(code, $"{code / 100}.7.0 Not so");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, code, transient), (result.Outcome, result.Status, result.IsTransient));
        Assert.Equal(1, server.Sessions.Sum(s => s.AuthAttempts));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_multiline_refusal_has_the_servers_reply_code(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).ReplyLines(535, [.. Enumerable.Range(1, 20).Select(i => $"5.7.8 line {i}")]);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Contains("line 20", result.StatusText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_unsupported_mechanism_is_an_error_that_lists_the_servers_mechanisms(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN", "LOGIN"] });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.CramMd5 });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
        Assert.Contains("CRAM-MD5", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Contains("LOGIN, PLAIN", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_user_name_for_a_server_without_authentication_is_an_error(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { User = User, Password = Password });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
        Assert.Contains("no authentication at all", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Authentication_in_clear_text_needs_the_callers_consent(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        var options = server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.Plain };
        await using var allowed = new SmtpTransporter(options with { AcceptUnsecureConnection = true });
        await using var refused = new SmtpTransporter(options with { AcceptUnsecureConnection = false });

        AssertNotSent(await SendAsync(refused, async), SmtpErrorCodes.TlsNotAvailable, "tls");
        Assert.Equal(0, server.Sessions[0].AuthAttempts);
        AssertAccepted(await SendAsync(allowed, async));
        Assert.Equal(User, server.Messages[0].AuthenticatedUser);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_demand_for_authentication_differs_from_a_refused_message(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, RequireAuthentication = true });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { User = null, Password = null });

        var result = await SendAsync(transporter, async);

        Assert.Equal(530, result.Status);
        Assert.False(result.Success);
        Assert.Contains(result.Errors, e => e is { ErrCode: SmtpErrorCodes.AuthenticationRequired, ComponentSignature: "auth" });
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_token_is_renewed_once(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = Token });
        var provider = new Tokens("expired", Token);
        await using var transporter = new SmtpTransporter(WithProvider(server, provider));

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal([false, true], provider.Asked);
        Assert.Equal(2, server.Sessions.Sum(s => s.AuthAttempts));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_token_is_not_renewed_twice(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = Token });
        var provider = new Tokens("expired", "expired-too", Token);
        await using var transporter = new SmtpTransporter(WithProvider(server, provider));

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Equal([false, true], provider.Asked);
        Assert.DoesNotContain("expired", Describe(result), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_token_provider_that_throws_is_an_error_and_the_next_send_works(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { AccessToken = Token });
        var provider = new Tokens(null, Token);
        await using var transporter = new SmtpTransporter(WithProvider(server, provider));

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.TokenUnavailable, "auth");
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(0, server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_cannot_make_the_client_compute_without_limit(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.Auth).Reply(334, Convert.ToBase64String(Encoding.ASCII.GetBytes("r=nonce,s=QUJD,i=2000000000")));
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.ScramSha256 });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ProtocolError, "auth");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Endless_challenges_are_abandoned(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.AuthResponse).Reply(334, Convert.ToBase64String(Encoding.ASCII.GetBytes("and now?")));
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.Login });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
        Assert.Equal(1, server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [InlineData("v=c2lnbmF0dXJlIG9mIGFub3RoZXI=", false)]
    [InlineData("v=c2lnbmF0dXJlIG9mIGFub3RoZXI=", true)]
    [InlineData(null, true)]
    public async Task A_server_that_cannot_prove_its_identity_gets_no_message(string? signature, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        // The first response is the client's proof; a server that does not know the password cannot sign its reply.
        server.Script.On(SmtpStep.AuthResponse).Reply(
            334, signature is null ? "no base64!" : Convert.ToBase64String(Encoding.ASCII.GetBytes(signature)));
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.ScramSha256 });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(result.Errors, e => e.ComponentSignature == "auth");
        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
    }

    private static ServerOptions WithProvider(SmtpTestServer server, IAccessTokenProvider provider) =>
        server.ToServerOptions() with { AccessTokenOAuth2 = null, AccessTokenProvider = provider };

    /// <summary>Returns one token after the other; throws if a token is null.</summary>
    private sealed class Tokens(params string?[] tokens) : IAccessTokenProvider
    {
        public List<bool> Asked { get; } = [];

        public async ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Asked.Add(renew);
            return new AccessToken(tokens[Asked.Count - 1] ?? throw new InvalidOperationException("The vault is closed"));
        }
    }
}
