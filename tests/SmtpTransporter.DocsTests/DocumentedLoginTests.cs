using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.DocsTests;

/// <summary>The programs of the page about authentication, run as they stand: each sends an email with a token.</summary>
public sealed partial class DocumentedLoginTests
{
    private const int MaxLines = 12;

    private const string Values = """
        public const string tenantId = "your-tenant.example";
        public const string clientId = "client";
        public const string clientSecret = "secret";
        public const string password = "pfx password";
        public static Email email => new() { From = "sender@your-tenant.example", To = "ann@example.org", Subject = "With a token" };
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate()
    {
        using var certificate = CreateCertificate();
        var request = await SendAsync(
            "FromCertificate(",
            new() { ClientCertificate = certificate },
            host => File.WriteAllBytes(
                Path.Combine(host.Folder, "client.pfx"), certificate.Export(X509ContentType.Pkcs12, "pfx password")));

        Assert.Equal("client_credentials", request["grant_type"]);
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", request["client_assertion_type"]);
    }

    [Fact]
    public async Task A_federated_token()
    {
        var request = await SendAsync(
            "FromFederatedTokenFile(",
            new() { FederatedToken = "the token of another issuer" },
            host =>
            {
                var folder = Directory.CreateDirectory(Path.Combine(host.Folder, "run/secrets/azure/tokens")).FullName;
                File.WriteAllText(Path.Combine(folder, "azure-identity-token"), "the token of another issuer");
            });

        Assert.Equal("the token of another issuer", request["client_assertion"]);
    }

    [Fact]
    public async Task A_managed_identity()
    {
        var request = await SendAsync("ManagedIdentityTokenProvider", new());

        Assert.Equal("https://outlook.office365.com", request["resource"]);
    }

    [Fact]
    public async Task A_Google_service_account()
    {
        var request = await SendAsync(
            "GoogleServiceAccountTokenProvider", new() { User = "you@your-domain.example" },
            (host, identity) => File.WriteAllText(Path.Combine(host.Folder, "account.json"), identity.CreateServiceAccountKey()));

        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", request["grant_type"]);
    }

    [Fact]
    public async Task A_device_code()
    {
        var request = await SendAsync("SignInWithDeviceCodeAsync", new() { DeviceCodeInterval = TimeSpan.FromSeconds(1) });

        Assert.Equal("urn:ietf:params:oauth:grant-type:device_code", request["grant_type"]);
    }

    [Fact]
    public async Task A_browser()
    {
        var request = await SendAsync("SignInWithBrowserAsync", new() { ClientSecret = "secret" });

        Assert.Equal("authorization_code", request["grant_type"]);
        Assert.NotEmpty(request["code_verifier"]);
    }

    private static Task<IReadOnlyDictionary<string, string>> SendAsync(
        string marker, OAuthTestServerOptions options, Action<InternetHost>? prepare = null) =>
        SendAsync(marker, options, (host, _) => prepare?.Invoke(host));

    /// <summary>Runs the program with a marker.</summary>
    /// <returns>The last request for a token.</returns>
    private static async Task<IReadOnlyDictionary<string, string>> SendAsync(
        string marker, OAuthTestServerOptions options, Action<InternetHost, OAuthTestServer> prepare)
    {
        var snippet = MarkdownDocument.Load("docs/authentication.md").Snippets.First(
            s => s.Code.Contains(marker, StringComparison.Ordinal));
        Assert.InRange(snippet.Code.TrimEnd('\n').Split('\n').Length, 1, MaxLines);
        await using var identity = OAuthTestServer.Start(options);
        await using var host = await InternetHost.StartAsync(identity, Cancellation);
        prepare(host, identity);

        var output = await host.RunAsync(
            $"{snippet.Code}Console.WriteLine(result);\n",
            Values,
            new Dictionary<string, string>
            {
                ["IDENTITY_ENDPOINT"] = identity.ManagedIdentityEndpoint.AbsoluteUri,
                ["IDENTITY_HEADER"] = options.ManagedIdentityHeader,
            },
            line =>
            {
                if (UserCode().Match(line) is { Success: true } code)
                    identity.EnterDeviceCode(code.Value);
            },
            Cancellation);

        Assert.True(output.Contains("Accepted 250", StringComparison.Ordinal), output);
        Assert.Equal("With a token", Assert.Single(host.Smtp.Messages).Message.Subject);
        Assert.Equal("XOAUTH2", host.Smtp.Sessions[0].AuthMechanism);
        return identity.Requests.Last(r => r.Path.EndsWith("/token", StringComparison.Ordinal)).Parameters;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    [GeneratedRegex("(?<=code )[0-9A-F]{8}")]
    private static partial Regex UserCode();
}
