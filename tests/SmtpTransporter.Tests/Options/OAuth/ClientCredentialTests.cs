using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class ClientCredentialTests : OAuthTest
{
    public static TheoryData<string> Curves => ["nistP256", "nistP384", "nistP521"];

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_certificate_is_proved_to_the_endpoint_of_Microsoft(bool async)
    {
        using var certificate = CreateCertificate();
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = certificate });
        using var http = identity.CreateHttpClient();
        using var provider = ClientCredentialsTokenProvider.ForMicrosoft365("contoso", "client", certificate, http);

        AssertAccepted(await SendWithAsync(identity, provider, async));

        var request = Assert.Single(identity.Requests);
        Assert.Equal("/contoso/oauth2/v2.0/token", request.Path);
        Assert.Equal(("client_credentials", "https://outlook.office365.com/.default"), (request.GrantType, request.Parameters["scope"]));
        Assert.DoesNotContain("client_secret", request.Parameters.Keys);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public async Task A_certificate_with_an_elliptic_curve_signs_too(string name)
    {
        using var certificate = CreateCertificate(rsa: false, ECCurve.CreateFromFriendlyName(name));
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = certificate });
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", certificate);

        AssertAccepted(await SendWithAsync(identity, provider));
    }

    [Fact]
    public async Task A_certificate_file_is_read_anew_for_each_token()
    {
        using var scratch = new Scratch();
        using var certificate = CreateCertificate();
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = certificate });
        var path = Path.Combine(scratch.Folder, "client.pfx");
        using var provider = new ClientCredentialsTokenProvider(
            identity.TokenEndpoint, "client", ClientCredential.FromCertificate(path, "p@ss"));

        var missing = await SendWithAsync(identity, provider);
        await File.WriteAllBytesAsync(path, certificate.Export(X509ContentType.Pkcs12, "p@ss"), Cancellation);
        var found = await SendWithAsync(identity, provider);

        AssertNotSent(missing, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains(path, missing.Errors[^1].Message);
        AssertAccepted(found);
    }

    [Fact]
    public async Task A_certificate_that_cannot_sign_is_named()
    {
        using var scratch = new Scratch();
        using var expired = CreateCertificate(days: -1);
        using var complete = CreateCertificate();
        using var withoutKey = WithoutKey(complete);
        var path = Path.Combine(scratch.Folder, "client.pfx");
        await File.WriteAllBytesAsync(path, complete.Export(X509ContentType.Pkcs12, "p@ss"), Cancellation);
        await using var identity = OAuthTestServer.Start(new() { ClientCertificate = complete });

        Assert.Contains("expired on", await MessageAsync(ClientCredential.FromCertificate(expired)));
        Assert.Contains("has no private key", await MessageAsync(ClientCredential.FromCertificate(withoutKey)));
        var wrongPassword = await MessageAsync(ClientCredential.FromCertificate(path, "hush-hush"));
        Assert.Contains("Check the path and the password", wrongPassword);
        Assert.DoesNotContain("hush-hush", wrongPassword);
        Assert.Empty(identity.Requests);

        async Task<string> MessageAsync(ClientCredential credential)
        {
            using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", credential);
            var result = await SendWithAsync(identity, provider);
            AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
            return Describe(result);
        }
    }

    [Fact]
    public async Task A_federated_token_file_is_read_anew_each_time()
    {
        using var scratch = new Scratch();
        await using var identity = OAuthTestServer.Start(new() { FederatedToken = "second-token" });
        var path = scratch.Write("token", "first-token\n");
        using var provider = new ClientCredentialsTokenProvider(
            identity.TokenEndpoint, "client", ClientCredential.FromFederatedTokenFile(path));

        var first = await SendWithAsync(identity, provider);
        scratch.Write("token", "second-token\n");
        var second = await SendWithAsync(identity, provider);
        scratch.Write("token", "\n");
        await Assert.ThrowsAsync<AccessTokenException>(() => provider.GetTokenAsync(renew: true, Cancellation).AsTask());

        AssertNotSent(first, SmtpErrorCodes.TokenRefused, "auth");
        Assert.DoesNotContain("first-token", Describe(first));
        AssertAccepted(second);
    }

    [Fact]
    public async Task A_federated_token_may_come_from_a_callback()
    {
        await using var identity = OAuthTestServer.Start(new() { FederatedToken = "from-the-vault" });
        using var provider = new ClientCredentialsTokenProvider(
            identity.TokenEndpoint, "client", ClientCredential.FromFederatedToken(_ => new("from-the-vault")));
        using var failing = new ClientCredentialsTokenProvider(
            identity.TokenEndpoint, "client", ClientCredential.FromFederatedToken(_ => throw new TimeoutException("The vault is closed")));

        AssertAccepted(await SendWithAsync(identity, provider));
        var failed = await SendWithAsync(identity, failing);

        AssertNotSent(failed, SmtpErrorCodes.TokenUnavailable, "auth");
        Assert.Contains("The vault is closed", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_credential_prints_no_secret_and_is_equal_to_one_of_the_same_origin()
    {
        using var certificate = CreateCertificate();
        ClientCredential[] first = Create(), same = Create();

        Assert.Equal(first, same);
        Assert.Equal(first.Select(c => c.GetHashCode()), same.Select(c => c.GetHashCode()));
        Assert.Equal(4, first.Distinct().Count());
        Assert.DoesNotContain("hush-hush", string.Join("", first.AsEnumerable()));

        ClientCredential[] Create() =>
        [
            "hush-hush", certificate, ClientCredential.FromCertificate("a.pfx", "hush-hush"), ClientCredential.FromFederatedTokenFile("a"),
        ];
    }

    private static X509Certificate2 WithoutKey(X509Certificate2 certificate) =>
#if NET9_0_OR_GREATER
        X509CertificateLoader.LoadCertificate(certificate.RawData);
#else
        new(certificate.RawData);
#endif

    [Fact]
    public async Task A_certificate_that_was_disposed_is_named_and_lasting()
    {
        await using var identity = OAuthTestServer.Start();
        var certificate = CreateCertificate();
        using var provider = new ClientCredentialsTokenProvider(identity.TokenEndpoint, "client", certificate);
        certificate.Dispose();

        var result = await SendWithAsync(identity, provider);

        AssertNotSent(result, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("Do not dispose it while the provider is in use", Describe(result));
        Assert.Empty(identity.Requests);
    }
}
