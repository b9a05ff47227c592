using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class OptionsTests
{
    private static readonly Dictionary<string, string> Users = new() { ["first"] = "secret-1", ["second"] = "secret-2" };

    public static TheoryData<string, SmtpTestServerOptions> Wrong => new()
    {
        { "Port", new() { Port = -1 } },
        { "Port", new() { Port = 65536 } },
        { "SizeLimit", new() { SizeLimit = -1 } },
        { "SizeLimit", new() { SizeLimit = 0 } },
        { "HostName", new() { HostName = " " } },
        { "HostName", new() { HostName = null! } },
        { "Address", new() { Address = null! } },
        { "Users", new() { Users = null! } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Invalid_options_are_named_by_the_exception(string name, SmtpTestServerOptions options)
    {
        var wrong = Assert.ThrowsAny<ArgumentException>(() => SmtpTestServer.Start(options));

        Assert.Equal(name, wrong.ParamName);
    }

    [Fact]
    public async Task A_certificate_without_a_private_key_is_refused()
    {
        await using var owner = SmtpTestServer.Start();
#if NET9_0_OR_GREATER
        using var half = X509CertificateLoader.LoadCertificate(owner.Certificate!.RawData);
#else
        using var half = new X509Certificate2(owner.Certificate!.RawData);
#endif

        var wrong = Assert.Throws<ArgumentException>(() => SmtpTestServer.Start(new() { Certificate = half }));

        Assert.Equal("Certificate", wrong.ParamName);
    }

    [Fact]
    public void Options_print_no_secret()
    {
        var options = new SmtpTestServerOptions { Users = Users, AccessToken = "token-1", Port = 25 };

        var text = options.ToString();

        Assert.Equal(
            "SmtpTestServerOptions { Tls = StartTls, Address = 127.0.0.1, Port = 25, Users = 2, AccessToken = ***, SizeLimit = 10485760 }",
            text);
        Assert.Contains("AccessToken = none", new SmtpTestServerOptions().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_TLS_has_no_certificate()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

        Assert.Null(server.Certificate);
        Assert.Empty(server.ToServerOptions().TrustedCertificates);
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls, false, false)]
    [InlineData(SmtpTestTlsMode.Implicit, true, false)]
    [InlineData(SmtpTestTlsMode.None, false, true)]
    public async Task ToServerOptions_matches_the_server(SmtpTestTlsMode tls, bool implicitTls, bool unsecure)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });

        var options = server.ToServerOptions();

        Assert.Equal((server.Host, server.Port), (options.Host, options.Port));
        Assert.Equal(implicitTls, options.ImplicitTls);
        Assert.Equal(unsecure, options.AcceptUnsecureConnection);
        Assert.Equal(server.Certificate is null ? [] : [server.Certificate], options.TrustedCertificates);
        Assert.Null(options.User);
        Assert.NotSame(options, server.ToServerOptions());
    }

    [Fact]
    public async Task ToServerOptions_has_the_first_user_or_else_the_token()
    {
        await using var both = SmtpTestServer.Start(new() { Users = Users, AccessToken = "token-1" });
        await using var token = SmtpTestServer.Start(new() { AccessToken = "token-1" });

        var withPassword = both.ToServerOptions();
        var withToken = token.ToServerOptions();

        Assert.Equal(("first", "secret-1", null), (withPassword.User, withPassword.Password, withPassword.AccessTokenOAuth2));
        Assert.Equal(("user", null, "token-1"), (withToken.User, withToken.Password, withToken.AccessTokenOAuth2));
    }

    public static TheoryData<SmtpTestServerOptions> Servers => new()
    {
        new SmtpTestServerOptions { Tls = SmtpTestTlsMode.None },
        new SmtpTestServerOptions { Tls = SmtpTestTlsMode.StartTls },
        new SmtpTestServerOptions { Tls = SmtpTestTlsMode.Implicit },
        new SmtpTestServerOptions { Users = Users, RequireAuthentication = true },
        new SmtpTestServerOptions { AccessToken = "token-1", RequireAuthentication = true },
    };

    [Theory]
    [MemberData(nameof(Servers), DisableDiscoveryEnumeration = true)]
    public async Task A_transporter_sends_with_the_options_unchanged(SmtpTestServerOptions options)
    {
        await using var server = SmtpTestServer.Start(options);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(
            new Email { From = "me@example.com", To = "you@example.com", Subject = "Hello", TextBody = "Hello" },
            TestContext.Current.CancellationToken);

        Assert.True(result.Success, result.ToString());
        var message = Assert.Single(server.Messages);
        Assert.Equal(message.QueueId, result.QueueId);
        Assert.Equal("Hello", message.Message.Subject);
        Assert.Equal(options.Tls != SmtpTestTlsMode.None, message.IsSecure);
        Assert.Equal(options.RequireAuthentication, message.AuthenticatedUser is not null);
    }
}
