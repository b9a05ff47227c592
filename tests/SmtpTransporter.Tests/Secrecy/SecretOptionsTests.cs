using System.Security.Cryptography;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that errors of invalid options and printed options do not show the secrets that the options contain.</summary>
public sealed class SecretOptionsTests
{
    private const string User = "me@example.com";
    private const string Awkward = "Pw-7f3k\"ä&x";
    private const string Plain = "hunter2hunter2";

    private static readonly ServerOptions Good = new() { Host = "smtp.example.com" };

    public static TheoryData<string> Secrets => [Awkward, Plain];

    [Theory]
    [MemberData(nameof(Secrets))]
    public void Errors_of_invalid_options_contain_no_secret(string secret)
    {
        var login = Good with { User = User, Password = secret };
        var token = Good with { User = User, AccessTokenOAuth2 = secret };
        using var key = RSA.Create(1024);
        var pem = key.ExportPkcs8PrivateKeyPem();
        ServerOptions[] wrong =
        [
            login with { Password = secret + "\0" }, login with { Password = "\0" + secret }, login with { AccessTokenOAuth2 = secret },
            login with { User = null }, login with { User = " " }, login with { User = "me\r\n" },
            login with { AuthenticationMode = AuthenticationMode.OAuth2 }, login with { AuthenticationMode = (AuthenticationMode)99 },
            login with { Port = 0 }, login with { ConnectionTimeout = TimeSpan.Zero }, login with { MaxConnections = 0 },
            login with { Host = $"{User}:{secret}@smtp.example.com" },
            login with { Host = $"smtp://{User}:{secret}@smtp.example.com:70000" },
            login with { Host = $"me:{Uri.EscapeDataString(secret)}@smtp.example.com" },
            login with { LogFile = Path.GetTempPath() }, login with { LocalDomain = "" },
            token with { AccessTokenOAuth2 = secret + "\n" }, token with { AuthenticationMode = AuthenticationMode.Plain },
            token with { User = null },
            token with { AccessTokenProvider = new NoTokens() }, token with { Port = 70000 },
            Good with { Certificate = new byte[] { 1, 2, 3 }, CertificatePassword = secret }, Good with { CertificatePassword = secret },
            Good with { Certificate = "/no/such/file.p12", CertificatePassword = secret },
            Good with { Certificate = Pkcs12(), CertificatePassword = secret },
        ];

        Assert.All(wrong, options =>
        {
            var exception = Assert.ThrowsAny<ArgumentException>(() => new SmtpTransporter(options));
            AssertHidden(secret, exception.ToString());
            AssertHidden(secret, options.ToString());
        });
        var broken = login with { Dkim = new() { Domain = "example.com", Selector = "s", PrivateKey = pem[..^40] } };
        var text = Assert.ThrowsAny<ArgumentException>(() => new SmtpTransporter(broken)).ToString() + broken;
        AssertHidden(secret, text);
        Assert.All(pem.Split('\n')[1..^1], line => Assert.DoesNotContain(line, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("smtp://{0}:{1}@host:99999")]
    [InlineData("smtp://{0}:{1}@host:port")]
    [InlineData("smtp://{0}:{1}@ho st")]
    [InlineData("smtp://{0}:{1}@")]
    [InlineData("smtp://{0}:{1}@host/path")]
    [InlineData("smtp://{0}:{1}@host#fragment")]
    [InlineData("smtp://{0}:{1}%00@host")]
    [InlineData("smtp://{0}:{1}@host?keepAlive=true&keepAlive=true")]
    [InlineData("smtp://{0}:{1}@host?keepAlive={1}")]
    [InlineData("smtp://{0}:{1}@host?maxConnections={1}&sendTimeout={1}")]
    [InlineData("smtp://{0}:{1}@host?headerCharset={1}")]
    [InlineData("smtp://{0}:{1}@host?authenticationMode={1}")]
    [InlineData("smtp://{0}:{1}@host?pinnedFingerprint=x")]
    [InlineData("smtp://{0}:{1}@host?password={1}")]
    [InlineData("smtp://{0}:2024?{1}@host")]
    [InlineData("smtp://{0}:2024?{1}&tail@host")]
    [InlineData("smtp://{0}:2024?{1}&{1}&tail%40host")]
    [InlineData("smtp://{0}:2024#{1}@host")]
    [InlineData("smtp://{0}:2024/{1}@host")]
    [InlineData("smtp://:{1}@host")]
    [InlineData("http://{0}:{1}@host")]
    [InlineData("smtp:{0}:{1}@host")]
    [InlineData("{0}:{1}@host")]
    public void Errors_of_an_invalid_url_contain_no_secret(string format)
    {
        foreach (var secret in (string[])[Awkward, Plain])
        {
            foreach (var written in (string[])[secret, Uri.EscapeDataString(secret)])
            {
                var url = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, "me", written);
                AssertHidden(secret, Assert.ThrowsAny<ArgumentException>(() => ServerOptions.Parse(url)).ToString());
            }
        }
    }

    [Fact]
    public void An_error_names_an_unknown_key_unless_it_may_be_a_password()
    {
        Assert.Contains("\"nonsense\"", Assert.Throws<ArgumentException>(() => ServerOptions.Parse("smtp://host?nonsense=1")).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("half",
            Assert.Throws<ArgumentException>(() => ServerOptions.Parse("smtp://me:2024?half&other@host")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void Printed_options_contain_no_secret(string secret)
    {
        var options = Good with
        {
            User = User,
            Password = secret,
            AccessTokenOAuth2 = secret,
            CertificatePassword = secret,
            Dkim = new() { Domain = "example.com", Selector = "s", PrivateKey = secret },
        };

        AssertHidden(secret, options.ToString());
        AssertHidden(secret, options.Dkim.ToString());
        AssertHidden(secret, new AccessToken(secret, DateTimeOffset.UtcNow).ToString());
        AssertHidden(secret, ServerOptions.Parse($"smtp://me:{Uri.EscapeDataString(secret)}@host").ToString());
    }

    private static void AssertHidden(string secret, string text)
    {
        var found = new SecretScanner(User, secret).Find(text).ToList();
        Assert.True(found.Count == 0, $"{string.Join(", ", found)}: {text}");
    }

    private static byte[] Pkcs12()
    {
        using var key = ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "the right one");
    }

    private sealed class NoTokens : IAccessTokenProvider
    {
        public ValueTask<AccessToken> GetTokenAsync(bool renew, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
