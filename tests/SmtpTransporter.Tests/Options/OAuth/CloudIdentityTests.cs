using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Managed identities and service accounts.</summary>
public sealed class CloudIdentityTests : OAuthTest
{
    [Fact]
    public async Task The_managed_identity_of_a_virtual_machine_needs_no_secret()
    {
        await using var identity = OAuthTestServer.Start();
        using var http = identity.CreateHttpClient();
        using var provider = ManagedIdentityTokenProvider.ForMicrosoft365(http: http);
        using var assigned = ManagedIdentityTokenProvider.ForMicrosoft365("client", http);
        using var unknown = ManagedIdentityTokenProvider.ForMicrosoft365("another", http);

        AssertAccepted(await SendWithAsync(identity, provider));
        AssertAccepted(await SendWithAsync(identity, assigned));
        var refused = await SendWithAsync(identity, unknown);

        Assert.Equal("/metadata/identity/oauth2/token", identity.Requests[0].Path);
        Assert.Equal("https://outlook.office365.com", identity.Requests[0].Parameters["resource"]);
        Assert.Equal("client", identity.Requests[1].Parameters["client_id"]);
        AssertNotSent(refused, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("Identity not found", Describe(refused));
        Assert.Contains("only on a machine or app in Azure", Describe(refused));
    }

    [Fact]
    public async Task The_managed_identity_of_an_app_is_found_by_its_environment()
    {
        await using var identity = OAuthTestServer.Start(new() { ManagedIdentityHeader = "app-header" });
        using var provider = ManagedIdentityTokenProvider.ForMicrosoft365("client");
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", identity.ManagedIdentityEndpoint.AbsoluteUri);
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", "app-header");
        try
        {
            AssertAccepted(await SendWithAsync(identity, provider));
            var first = await provider.GetTokenAsync(renew: false, Cancellation);

            // The endpoint gives the end of the token only.
            var left = first.ExpiresAt!.Value - TimeProvider.System.GetUtcNow();
            Assert.InRange(left, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
            Assert.Single(identity.Requests);
        }
        finally
        {
            Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", null);
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", null);
        }
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_managed_identity_whose_endpoint_is_updated_is_transient(int status)
    {
        await using var identity = OAuthTestServer.Start();
        using var http = identity.CreateHttpClient();
        using var provider = ManagedIdentityTokenProvider.ForMicrosoft365(http: http);
        identity.Enqueue(new() { Status = status, Error = "not_found" });

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenUnavailable, "auth");
        Assert.Contains("Try again later", Describe(result));
    }

    [Fact]
    public async Task A_service_account_of_Google_represents_a_user()
    {
        using var scratch = new Scratch();
        await using var identity = OAuthTestServer.Start(new() { User = User });
        var path = scratch.Write("account.json", identity.CreateServiceAccountKey());
        using var provider = GoogleServiceAccountTokenProvider.FromFile(path, User);
        using var another = GoogleServiceAccountTokenProvider.FromJson(identity.CreateServiceAccountKey(), "else@example.com");

        AssertAccepted(await SendWithAsync(identity, provider));
        var refused = await SendWithAsync(identity, another);

        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", identity.Requests[0].GrantType);
        AssertNotSent(refused, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("Let an administrator allow this client", Describe(refused));
    }

    [Theory]
    [InlineData("not JSON", "it is not the JSON of a service account")]
    [InlineData("[]", "a member of it is not text")]
    [InlineData("{}", "it has no token_uri")]
    [InlineData("""{"token_uri": 1}""", "a member of it is not text")]
    [InlineData("""{"token_uri": "http://login.example/token"}""", "its token_uri must be an https URL")]
    [InlineData("""{"token_uri": "https://login.example/token", "private_key": "hush-hush"}""", "its private_key is not an RSA key")]
    public async Task A_wrong_key_of_a_service_account_is_explained_without_the_key(string json, string expected)
    {
        await using var identity = OAuthTestServer.Start();
        using var provider = GoogleServiceAccountTokenProvider.FromJson(json, User);

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains(expected, Describe(result));
        Assert.DoesNotContain("hush-hush", Describe(result));
    }

    [Fact]
    public async Task A_missing_key_file_is_named()
    {
        using var scratch = new Scratch();
        await using var identity = OAuthTestServer.Start();
        using var provider = GoogleServiceAccountTokenProvider.FromFile(Path.Combine(scratch.Folder, "missing.json"), User);

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("missing.json", Describe(result));
    }
}
