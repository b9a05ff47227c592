using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.IntegrationTests.RealServer;
using SmtpTransport.Testing;

namespace SmtpTransport.IntegrationTests;

/// <summary>The token providers against Dovecot, which checks the signature and the end of each token itself.</summary>
public sealed class RealServerTokenTests(PostfixServer server) : RealServerTest(server)
{
    // Dovecot keeps the first key of a client, and each test has its own.
    private readonly string _client = $"client-{Guid.NewGuid():N}";

    [Theory]
    [InlineData("secret", AuthenticationMode.OAuth2)]
    [InlineData("certificate", AuthenticationMode.OAuth2)]
    [InlineData("certificate", AuthenticationMode.OAuthBearer)]
    [InlineData("federated token", AuthenticationMode.OAuth2)]
    [InlineData("managed identity", AuthenticationMode.OAuth2)]
    [InlineData("service account", AuthenticationMode.OAuth2)]
    [InlineData("refresh token", AuthenticationMode.OAuth2)]
    [InlineData("browser", AuthenticationMode.OAuth2)]
    public async Task A_token_of_each_provider_authenticates(string kind, AuthenticationMode mode)
    {
        using var certificate = CreateCertificate();
        await using var identity = OAuthTestServer.Start(new()
        {
            ClientId = _client,
            User = Server.User,
            ClientSecret = kind == "secret" ? "secret" : null,
            ClientCertificate = kind == "certificate" ? certificate : null,
            FederatedToken = kind == "federated token" ? "federated" : null,
        });
        Server.TrustTokens(_client, identity.SigningKey);
        using var http = identity.CreateHttpClient();
        using var provider = await CreateProviderAsync(kind, identity, certificate, http);
        await using var transporter = new SmtpTransporter(
            Options with { Password = null, AccessTokenProvider = provider, AuthenticationMode = mode });

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        AssertAccepted(result);
        var mechanism = mode == AuthenticationMode.OAuth2 ? "XOAUTH2" : "OAUTHBEARER";
        Assert.Contains($"sasl_method={mechanism}, sasl_username=alice", await WaitForLogLineAsync(result), StringComparison.Ordinal);
        Assert.Equal(1, identity.IssuedTokens);
    }

    [Fact]
    public async Task A_token_that_the_server_refuses_is_renewed_once()
    {
        await using var stranger = OAuthTestServer.Start(new() { ClientId = "stranger", User = Server.User, ClientSecret = "secret" });
        using var provider = new ClientCredentialsTokenProvider(stranger.TokenEndpoint, "stranger", "secret");
        await using var transporter = new SmtpTransporter(Options with { Password = null, AccessTokenProvider = provider });

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Contains(result.Errors, e => e.ErrCode == SmtpErrorCodes.AuthenticationFailed);
        Assert.Equal(2, stranger.IssuedTokens);
    }

    private async Task<OAuthTokenProvider> CreateProviderAsync(
        string kind, OAuthTestServer identity, X509Certificate2 certificate, HttpClient http)
    {
        switch (kind)
        {
            case "managed identity":
                return ManagedIdentityTokenProvider.ForMicrosoft365(http: http);
            case "service account":
                return GoogleServiceAccountTokenProvider.FromJson(identity.CreateServiceAccountKey(), "alice");
            case "refresh token":
                return new RefreshTokenProvider(identity.TokenEndpoint, _client, null, identity.CreateRefreshToken());
            case "browser":
                var user = new UserTokenProvider(identity.AuthorizationServer, _client, new Store());
                await user.SignInWithBrowserAsync(page => _ = http.GetAsync(page, Cancellation), Cancellation);
                return user;
            default:
                ClientCredential credential = kind switch
                {
                    "secret" => "secret",
                    "certificate" => certificate,
                    _ => ClientCredential.FromFederatedToken(_ => new("federated")),
                };
                return ClientCredentialsTokenProvider.ForMicrosoft365("contoso", _client, credential, http);
        }
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private sealed class Store : ITokenStore
    {
        private string? _token;

        public ValueTask<string?> ReadAsync(CancellationToken cancellationToken) => new(_token);

        public ValueTask WriteAsync(string refreshToken, CancellationToken cancellationToken)
        {
            _token = refreshToken;
            return default;
        }
    }
}
