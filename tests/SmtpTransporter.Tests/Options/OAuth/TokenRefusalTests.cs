using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a send says if the authorization server gives no token.</summary>
public sealed class TokenRefusalTests : OAuthTest
{
    private const string Secret = "hush-hush";

    [Theory]
    [InlineData(400, "invalid_scope", null, "Check the scope", false)]
    [InlineData(400, "invalid_grant", null, "Sign in again", false)]
    [InlineData(400, "unauthorized_client", null, "Let an administrator allow", false)]
    [InlineData(400, "unsupported_grant_type", null, "Use another provider", false)]
    [InlineData(400, "invalid_request", null, "Check the URL of the token endpoint", false)]
    [InlineData(401, "invalid_client", "AADSTS7000215: hush-hush is wrong.", "use the secret's value", false)]
    [InlineData(401, "invalid_client", "AADSTS7000222: expired", "create a new one", false)]
    [InlineData(401, "invalid_client", "AADSTS700027: certificate", "Upload the public part", false)]
    [InlineData(401, "invalid_client", "AADSTS70021: No match", "Add a federated credential", false)]
    [InlineData(400, "unauthorized_client", "AADSTS700016: unknown", "Check the client id and the tenant", false)]
    [InlineData(401, "invalid_client", "no number", "Check the client id", false)]
    [InlineData(403, "forbidden", null, "Check the credentials", false)]
    [InlineData(403, null, null, "Check the proxy", false)]
    [InlineData(404, null, null, "Check the URL of the token endpoint and the tenant", false)]
    [InlineData(302, null, null, "Check the URL of the token endpoint and the tenant", false)]
    [InlineData(429, null, null, "Wait until ", true)]
    [InlineData(500, null, null, "Wait until ", true)]
    [InlineData(400, "temporarily_unavailable", null, "Wait until ", true)]
    public async Task A_refusal_says_what_to_do_and_no_secret(
        int status, string? error, string? description, string expected, bool transient)
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = Secret });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", Secret);
        identity.Enqueue(new()
        {
            Status = status,
            Error = error,
            ErrorDescription = description,
            RetryAfter = TimeSpan.FromSeconds(5),
        });

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, transient ? SmtpErrorCodes.TokenUnavailable : SmtpErrorCodes.TokenRefused, "auth");
        Assert.Equal(transient, result.IsTransient);
        Assert.Contains($"{identity.TokenEndpoint} answered {status}", result.Errors[^1].Message);
        Assert.Contains(expected, result.Errors[^1].Message);
        Assert.DoesNotContain("..", result.Errors[^1].Message);
        Assert.DoesNotContain(Secret, Describe(result));
    }

    [Theory]
    [InlineData(200, "<html>Please sign in to the proxy</html>", "answered 200: no JSON")]
    [InlineData(200, "[]", "answered 200: no JSON")]
    [InlineData(200, "", "answered 200: no JSON")]
    [InlineData(200, "{}", "without an access_token")]
    [InlineData(200, """{"access_token": 5}""", "without an access_token")]
    [InlineData(200, """{"access_token": ""}""", "without an access_token")]
    public async Task Rubbish_is_an_error(int status, string body, string expected)
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = Secret });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", Secret);
        identity.Enqueue(new() { Status = status, Body = body });

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains(expected, result.Errors[^1].Message);
        Assert.Matches("Check .*URL", result.Errors[^1].Message);
    }

    [Fact]
    public async Task A_page_instead_of_an_answer_is_that_of_a_proxy()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = Secret });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", Secret);
        identity.Enqueue(new() { Status = 403, Body = "<html>Forbidden</html>" });

        var result = await SendWithAsync(identity, provider);

        Assert.Contains("Check the proxy", result.Errors[^1].Message);
        Assert.DoesNotContain("credentials", result.Errors[^1].Message);
    }

    [Fact]
    public async Task An_error_code_is_free_of_secrets_and_the_message_of_App_Service_is_shown()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = "hush & hush" });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", "hush & hush");
        identity.Enqueue(new()
        {
            Status = 400,
            Body = """{"error": "hush & hush\n", "message": "No hush+%26+hush or hush%20%26%20hush"}""",
        });

        var exception = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.GetTokenAsync(renew: false, Cancellation).AsTask());

        Assert.Contains("No *** or ***", exception.Message);
        Assert.DoesNotContain("hush", exception.Message);
        Assert.StartsWith("***", exception.Error);
        Assert.DoesNotContain("\n", exception.Error);
    }

    [Theory]
    [InlineData(-600, "behind")]
    [InlineData(600, "ahead of")]
    public async Task A_wrong_clock_is_named_as_a_cause(int seconds, string expected)
    {
        using var certificate = CreateCertificate();
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = certificate });
        var wrong = new InstantTime();
        using var offset = wrong.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", certificate, time: wrong);

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Matches($"The clock of this machine is [0-9]+ s {expected} that of the server", result.Errors[^1].Message);
    }

    [Fact]
    public async Task A_clock_that_is_half_a_minute_ahead_does_no_harm()
    {
        using var certificate = CreateCertificate();
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = certificate });
        var ahead = new InstantTime();
        using var offset = ahead.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan);
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", certificate, time: ahead);

        AssertAccepted(await SendWithAsync(identity, provider));
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_is_transient()
    {
        var identity = OAuthTestServer.Start();
        await identity.DisposeAsync();
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", Secret);

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenUnavailable, "auth");
        Assert.Contains($"{identity.TokenEndpoint} cannot be reached", result.Errors[^1].Message);
        Assert.True(result.IsTransient);
    }

    [Fact]
    public async Task A_provider_of_the_caller_may_say_whether_its_failure_is_transient()
    {
        await using var identity = OAuthTestServer.Start();
        var transient = await SendWithAsync(identity, new Failing(new AccessTokenException("The vault is closed.", isTransient: true)));
        var lasting = await SendWithAsync(identity, new Failing(new AccessTokenException("The vault is gone.", isTransient: false)));

        AssertNotSent(transient, SmtpErrorCodes.TokenUnavailable, "auth");
        AssertNotSent(lasting, SmtpErrorCodes.TokenRefused, "auth");
        Assert.False(lasting.IsTransient);
    }

    private sealed class Failing(AccessTokenException exception) : IAccessTokenProvider
    {
        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) => throw exception;
    }
}
