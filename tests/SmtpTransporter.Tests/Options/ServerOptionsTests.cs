using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class ServerOptionsTests
{
    private const string Secret = "s3cr3t-Pässword";

    private static readonly ServerOptions Good = new() { Host = "smtp.example.com" };

    public static TheoryData<string, ServerOptions> Wrong
    {
        get
        {
            using var key = ECDsa.Create();
            var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
            var login = Good with { User = "me", Password = Secret };
            var token = Good with { User = "me", AccessTokenOAuth2 = Secret };
            return new()
            {
                { "Host", Good with { Host = null! } },
                { "Host", Good with { Host = "" } },
                { "Host", Good with { Host = "  " } },
                { "Host", Good with { Host = "smtp://smtp.example.com" } },
                { "Host", Good with { Host = "smtp.example.com:25" } },
                { "Host", Good with { Host = "[::1]" } },
                { "Host", Good with { Host = "smtp.example.com\r\nQUIT" } },
                { "Host", Good with { Host = $"smtp://joe:{Secret}@smtp.example.com" } },
                { "Host", Good with { Host = string.Join('.', Enumerable.Repeat("abcdefghi", 30)) } },
                { "Port", Good with { Port = 0 } },
                { "Port", Good with { Port = -1 } },
                { "Port", Good with { Port = 70000 } },
                { "ConnectionTimeout", Good with { ConnectionTimeout = TimeSpan.Zero } },
                { "ConnectionTimeout", Good with { ConnectionTimeout = Timeout.InfiniteTimeSpan } },
                { "SendTimeout", Good with { SendTimeout = TimeSpan.FromSeconds(-1) } },
                { "SendTimeout", Good with { SendTimeout = TimeSpan.MaxValue } },
                { "MaxConnections", Good with { MaxConnections = 0 } },
                { "MaxConnections", Good with { MaxConnections = 1001 } },
                { "HeaderCharset", Good with { HeaderCharset = null! } },
                { "BodyCharset", Good with { BodyCharset = null! } },
                { "AttachmentNameEncoding", Good with { AttachmentNameEncoding = (AttachmentNameEncoding)9 } },
                { "AuthenticationMode", Good with { AuthenticationMode = (AuthenticationMode)99 } },
                { "AuthenticationMode", login with { AuthenticationMode = AuthenticationMode.OAuth2 } },
                { "AuthenticationMode", token with { AuthenticationMode = AuthenticationMode.Plain } },
                { "User", Good with { User = " ", Password = Secret } },
                { "User", Good with { User = "me\r\nQUIT", Password = Secret } },
                { "User", Good with { Password = Secret } },
                { "Password", Good with { User = "me" } },
                { "Password", login with { AccessTokenOAuth2 = Secret } },
                { "Password", login with { Password = Secret + "\0" } },
                { "AccessTokenOAuth2", Good with { User = "me", AccessTokenOAuth2 = Secret + "\n" } },
                { "LocalDomain", Good with { LocalDomain = "me\r\nMAIL FROM:<x@y>" } },
                { "LocalDomain", Good with { LocalDomain = "" } },
                { "LocalDomain", Good with { LocalDomain = "[" } },
                { "LocalDomain", Good with { LocalDomain = "[127.0.0.1" } },
                { "LocalDomain", Good with { LocalDomain = "[127.0.0.256]" } },
                { "LocalDomain", Good with { LocalDomain = "[IPv6:127.0.0.1]" } },
                { "LocalDomain", Good with { LocalDomain = "[x.example]" } },
                { "ClientCertificates", Good with { ClientCertificates = null! } },
                { "ClientCertificates", Good with { ClientCertificates = [WithoutKey(certificate)] } },
                { "TrustedCertificates", Good with { TrustedCertificates = [null!] } },
                { "PinnedFingerprints", Good with { PinnedFingerprints = ["12:34"] } },
                { "LogFile", Good with { LogFile = " " } },
            };
        }
    }

    private static X509Certificate2 WithoutKey(X509Certificate2 certificate) =>
        X509Certificate2.CreateFromPem(certificate.ExportCertificatePem());

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void The_constructor_rejects_an_invalid_option_by_its_name(string property, ServerOptions options)
    {
        var exception = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options));

        Assert.Equal(property, exception.ParamName);
        Assert.StartsWith(property + " is ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("allowed", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message.Split(" (Parameter")[0]);
    }

    [Theory]
    [InlineData("smtp.example.com")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void A_host_can_be_a_name_or_an_address(string host)
    {
        using var transporter = new SmtpTransporter(Good with { Host = host });

        Assert.Equal(host, transporter.Host);
    }

    [Fact]
    public void The_constructor_rejects_null() => Assert.Throws<ArgumentNullException>(() => new SmtpTransporter(null!));

    [Fact]
    public void The_defaults_match_the_contract()
    {
        var options = new ServerOptions();

        Assert.Equal(587, options.Port);
        Assert.Null(options.ImplicitTls);
        Assert.Null(options.User);
        Assert.Equal(AuthenticationMode.Auto, options.AuthenticationMode);
        Assert.False(options.AcceptUnsecureConnection);
        Assert.Equal(TimeSpan.FromSeconds(30), options.ConnectionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(100), options.SendTimeout);
        Assert.True(options.KeepAlive);
        Assert.Same(MailMode.Utf8, options.HeaderCharset);
        Assert.Same(MailMode.Utf8, options.BodyCharset);
        Assert.Equal(3, options.MaxConnections);
        Assert.False(options.DangerouslyAcceptAnyServerCertificate);
    }

    [Fact]
    public void ToString_prints_no_secret()
    {
        var options = Good with { User = "me", Password = Secret, AccessTokenOAuth2 = "t0ken" };

        var text = options.ToString();

        Assert.Contains("smtp.example.com", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)), text, StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", new AccessToken("t0ken").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_reads_every_part_of_a_url()
    {
        var options = ServerOptions.Parse(
            "smtps://me%40example.com:pa%40ss%2Fw%3Ard@smtp.example.com:2465?keepAlive=false&sendTimeout=60&CONNECTIONTIMEOUT=1.5"
            + "&authenticationMode=login&maxConnections=7&headerCharset=ISO-8859-1&logFile=a%20b.log&localDomain=me.example");

        Assert.Equal(("smtp.example.com", 2465, true), (options.Host, options.Port, options.ImplicitTls));
        Assert.Equal(("me@example.com", "pa@ss/w:rd"), (options.User, options.Password));
        Assert.Equal((false, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1.5)),
            (options.KeepAlive, options.SendTimeout, options.ConnectionTimeout));
        Assert.Equal((AuthenticationMode.Login, 7), (options.AuthenticationMode, options.MaxConnections));
        Assert.Same(MailMode.Iso88591, options.HeaderCharset);
        Assert.Equal(("a b.log", "me.example"), (options.LogFile, options.LocalDomain));
    }

    [Theory]
    [InlineData("smtp://host", "host", 587, null)]
    [InlineData("smtps://host", "host", 465, true)]
    [InlineData("smtp://host:465", "host", 465, null)]
    [InlineData("smtp://[::1]:25", "::1", 25, null)]
    [InlineData("smtp://host:25?implicitTls=true", "host", 25, true)]
    public void The_scheme_of_a_url_determines_port_and_tls(string url, string host, int port, bool? implicitTls)
    {
        var options = ServerOptions.Parse(url);

        Assert.Equal((host, port, implicitTls), (options.Host, options.Port, options.ImplicitTls));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData("//\u202E")]
    [InlineData("http://host")]
    [InlineData("smtp://")]
    [InlineData("smtp://host:0")]
    [InlineData("smtp://host:99999")]
    [InlineData("smtp://host/path")]
    [InlineData("smtp://host#x")]
    [InlineData("smtp://host?nonsense=1")]
    [InlineData("smtp://host?keepAlive=maybe")]
    [InlineData("smtp://host?keepAlive=true&keepAlive=false")]
    [InlineData("smtp://host?sendTimeout=-1")]
    [InlineData("smtp://host?sendTimeout=1e400")]
    [InlineData("smtp://host?maxConnections=1.5")]
    [InlineData("smtp://host?authenticationMode=4")]
    [InlineData("smtp://host?attachmentNameEncoding=7")]
    [InlineData("smtps://host?implicitTls=false")]
    [InlineData("smtp://me:" + Secret + "@ho st")]
    [InlineData("smtp://me:" + Secret + "/x@host")]
    [InlineData("smtp://me@host")]
    [InlineData("smtp://me:" + Secret + "@host?password=x")]
    [InlineData("smtp://joe:2024?" + Secret + "@mail.example.com")]
    [InlineData("smtp://joe:2024?" + Secret + "=@mail.example.com")]
    [InlineData("smtp://me%00:" + Secret + "@host")]
    public void An_invalid_url_is_rejected_without_a_secret(string url)
    {
        var exception = Assert.ThrowsAny<ArgumentException>(() => ServerOptions.Parse(url));

        Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
        Assert.False(ServerOptions.TryParse(url, out var options));
        Assert.Null(options);
    }

    [Fact]
    public void TryParse_rejects_null_and_reads_what_Parse_reads()
    {
        Assert.False(ServerOptions.TryParse(null, out _));
        Assert.True(ServerOptions.TryParse("smtp://host?keepAlive=false", out var options));
        Assert.Equal(ServerOptions.Parse("smtp://host?keepAlive=false"), options);
        Assert.Equal(options, Generic<ServerOptions>("smtp://host?keepAlive=false"));

        static T Generic<T>(string text)
            where T : IParsable<T>
        {
            Assert.True(T.TryParse(text, null, out var value));
            Assert.Equal(T.Parse(text, null), value);
            return value;
        }
    }

    [Theory]
    [InlineData("CRAM-MD5", AuthenticationMode.CramMd5)]
    [InlineData("scram-sha-256", AuthenticationMode.ScramSha256)]
    [InlineData("OAUTH2", AuthenticationMode.OAuth2)]
    [InlineData("Plain", AuthenticationMode.Plain)]
    public void A_mode_has_the_name_of_its_mechanism_too(string text, AuthenticationMode expected)
    {
        var credentials = expected == AuthenticationMode.OAuth2 ? "" : "me:secret@";
        Assert.Null(OptionParsers.Authentication(text, out var mode));

        Assert.Equal(expected, mode);
        Assert.Equal(expected, ServerOptions.Parse($"smtp://{credentials}host?authenticationMode={text}").AuthenticationMode);
        Assert.Equal(
            expected, ServerOptions.FromSettings([new("Host", "host"), new("AuthenticationMode", text)]).AuthenticationMode);
    }

    [Theory]
    [InlineData("smtp://host?keepAlive=maybe", "keepAlive must be true or false")]
    [InlineData("smtp://host?nonsense=1", "unknown key \"nonsense\"")]
    [InlineData("smtps://host?implicitTls=true", "only with the scheme smtp")]
    [InlineData("smtp://host?maxConnections=0", "MaxConnections is 0; allowed: 1 to 1,000 connections")]
    public void An_error_of_a_url_says_what_is_allowed(string url, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ServerOptions.Parse(url)).Message, StringComparison.Ordinal);
}
