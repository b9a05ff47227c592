using Xunit;

namespace SmtpTransport.Tests;

public sealed class ServerOptionsSettingsTests
{
    private static ServerOptions Read(params (string Key, string? Value)[] settings) =>
        ServerOptions.FromSettings(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)));

    [Fact]
    public void Each_setting_sets_its_property()
    {
        var options = Read(
            ("host", "smtp.example.com"), ("PORT", "2525"), ("Username", "me"), ("Password", "p;a=s:s"), ("AuthenticationMode", "plain"),
            ("ConnectionTimeout", "5"),
            ("SendTimeout", "00:01:30"), ("KeepAlive", "false"), ("MaxConnections", "7"), ("HeaderCharset", "ISO-8859-1"),
            ("LocalDomain", "app.example.com"),
            ("AllowedRecipients:0", "example.com"), ("AllowedRecipients:1", "a@b.example"), ("PinnedFingerprints", new string('a', 64)),
            ("RedirectAllTo", "dev@example.com"),
            ("Dkim:Domain", "example.com"), ("Dkim:Selector", "s1"), ("Dkim:PrivateKey", "pem"), ("Dkim", null),
            ("Dkim:1:Domain", "example.net"), ("Dkim:0:Domain", "example.org"), ("Dkim:1:PrivateKey", "pem1"),
            ("AcceptUnsecureConnection", "True"), ("Chunking", "Never"), ("PickupFolder", ""));

        Assert.Equal(("smtp.example.com", 2525, "me", "p;a=s:s"), (options.Host, options.Port, options.User, options.Password));
        Assert.Equal((AuthenticationMode.Plain, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(90)),
            (options.AuthenticationMode, options.ConnectionTimeout, options.SendTimeout));
        Assert.Equal((false, 7, MailMode.Iso88591, "app.example.com"),
            (options.KeepAlive, options.MaxConnections, options.HeaderCharset, options.LocalDomain));
        Assert.Equal(["example.com", "a@b.example"], options.AllowedRecipients);
        Assert.Equal([new string('a', 64)], options.PinnedFingerprints);
        Assert.Equal(("example.com", "s1", "pem"), (options.Dkim!.Domain, options.Dkim.Selector, options.Dkim.PrivateKey));
        Assert.Equal([("example.org", ""), ("example.net", "pem1")], options.DkimKeys.Select(k => (k.Domain, k.PrivateKey)));
        Assert.Equal((true, ChunkingMode.Never, null), (options.AcceptUnsecureConnection, options.Chunking, options.PickupFolder));
    }

    [Theory]
    [InlineData("smtps://me:p%40ss@smtp.example.com?keepAlive=false")]
    [InlineData("Endpoint=smtps://smtp.example.com;User=me;Password=p@ss;KeepAlive=false")]
    [InlineData("User=me;Password=p@ss;KeepAlive=false;Endpoint=smtps://smtp.example.com:465")]
    public void Other_settings_override_a_connection_string_in_either_form(string text)
    {
        var options = Read(("ConnectionString", text), ("MaxConnections", "1"), ("User", "you"));

        Assert.Equal(("smtp.example.com", 465, true, "you", "p@ss", false, 1),
            (options.Host, options.Port, options.ImplicitTls, options.User, options.Password, options.KeepAlive, options.MaxConnections));
    }

    [Fact]
    public void OAuth_settings_create_a_provider_that_prints_no_secret()
    {
        var microsoft = Read(("Host", "smtp.office365.com"), ("User", "me@example.com"), ("OAuth:Tenant", "contoso"),
            ("OAuth:ClientId", "id"), ("OAuth:ClientSecret", "hush-hush"));
        var gmail = Read(("Host", "smtp.gmail.com"), ("User", "me@example.com"), ("OAuth:TokenEndpoint", "https://oauth2.example/token"),
            ("OAuth:ClientId", "id"), ("OAuth:RefreshToken", "hush-hush"));

        Assert.IsType<ClientCredentialsTokenProvider>(microsoft.AccessTokenProvider);
        Assert.Contains("/contoso/oauth2/v2.0/token", microsoft.AccessTokenProvider.ToString());
        Assert.IsType<RefreshTokenProvider>(gmail.AccessTokenProvider);
        Assert.DoesNotContain("hush-hush", microsoft.ToString() + microsoft.AccessTokenProvider + gmail + gmail.AccessTokenProvider);
    }

    [Theory]
    [InlineData(typeof(ClientCredentialsTokenProvider), "Tenant=contoso", "ClientId=id", "CertificatePath=a.pfx", "CertificatePassword=p")]
    [InlineData(typeof(ClientCredentialsTokenProvider), "Tenant=contoso", "ClientId=id", "FederatedTokenFile=/var/run/token")]
    [InlineData(typeof(ManagedIdentityTokenProvider), "ManagedIdentity=true")]
    [InlineData(typeof(ManagedIdentityTokenProvider), "ManagedIdentity=True", "ClientId=id", "Scope=https://mail.example")]
    [InlineData(typeof(GoogleServiceAccountTokenProvider), "ServiceAccountFile=account.json")]
    [InlineData(typeof(UserTokenProvider), "Tenant=organizations", "ClientId=id", "TokenFile=token")]
    [InlineData(typeof(UserTokenProvider), "TokenEndpoint=https://login.example/token", "ClientId=id", "ClientSecret=s", "TokenFile=token")]
    [InlineData(typeof(RefreshTokenProvider), "Tenant=organizations", "ClientId=id", "RefreshToken=hush-hush")]
    public void OAuth_settings_need_no_secret(Type expected, params string[] settings)
    {
        (string, string)[] pairs = [.. settings.Select(s => s.Split('=', 2)).Select(s => ($"OAuth:{s[0]}", s[1]))];

        var options = Read([("Host", "smtp.example.com"), ("User", "me@example.com"), .. pairs]);
        var again = Read([("Host", "smtp.example.com"), ("User", "me@example.com"), .. pairs]);

        Assert.IsType(expected, options.AccessTokenProvider);
        Assert.Equal(options.AccessTokenProvider, again.AccessTokenProvider);
    }

    [Theory]
    [InlineData("OAuth:ClientSecret is missing", "Tenant=contoso", "ClientId=id")]
    [InlineData("OAuth:ClientId is missing", "Tenant=contoso", "CertificatePath=a.pfx")]
    [InlineData("OAuth:TokenEndpoint is missing", "ClientId=id", "TokenFile=token")]
    [InlineData("exclude each other", "Tenant=contoso", "ClientId=id", "CertificatePath=a.pfx", "ClientSecret=hush-hush")]
    [InlineData("exclude each other", "ManagedIdentity=true", "FederatedTokenFile=a")]
    [InlineData("exclude each other", "Tenant=contoso", "ClientId=id", "RefreshToken=hush-hush", "CertificatePath=a.pfx")]
    [InlineData("exclude each other", "Tenant=contoso", "ClientId=id", "RefreshToken=hush-hush", "FederatedTokenFile=a")]
    [InlineData("exclude each other", "Tenant=contoso", "ClientId=id", "RefreshToken=hush-hush", "TokenFile=a")]
    [InlineData("exclude each other", "Tenant=contoso", "TokenEndpoint=https://login.example", "ClientId=id", "ClientSecret=hush-hush")]
    [InlineData("exclude each other", "ManagedIdentity=true", "Tenant=contoso")]
    [InlineData("exclude each other", "ServiceAccountFile=a", "Scope=b")]
    [InlineData("OAuth:CertificatePath is missing", "Tenant=contoso", "ClientId=id", "CertificatePassword=hush-hush", "TokenFile=a")]
    [InlineData("or OAuth:CertificatePath or OAuth:FederatedTokenFile", "Tenant=contoso", "ClientId=id")]
    [InlineData("true, or no value", "ManagedIdentity=yes")]
    [InlineData("unknown", "Certificate=a.pfx")]
    public void OAuth_settings_that_do_not_fit_are_an_error(string expected, params string[] settings)
    {
        (string, string)[] pairs = [.. settings.Select(s => s.Split('=', 2)).Select(s => ($"OAuth:{s[0]}", s[1]))];

        var error = Assert.Throws<ArgumentException>(() => Read([("Host", "smtp.example.com"), ("User", "me@example.com"), .. pairs]));

        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain("hush-hush", error.Message);
    }

    [Fact]
    public void A_managed_identity_takes_the_resource_of_a_scope()
    {
        Assert.Equal(ProviderFor("https://mail.example"), ProviderFor("https://mail.example/.default"));

        static IAccessTokenProvider? ProviderFor(string scope) => Read(
            ("Host", "smtp.example.com"), ("User", "me"), ("OAuth:ManagedIdentity", "true"), ("OAuth:Scope", scope)).AccessTokenProvider;
    }

    [Fact]
    public void A_service_account_needs_a_user() => Assert.Contains(
        "User is missing",
        Assert.Throws<ArgumentException>(() => Read(("Host", "smtp.gmail.com"), ("OAuth:ServiceAccountFile", "a.json"))).Message);

    [Fact]
    public void A_PEM_file_may_have_several_certificates()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, $"Two authorities\n{NewAuthority("CN=One")}\n\n# the second\n{NewAuthority("CN=Two")}\n");

        var both = Read(("Host", "smtp.example.com"), ("TrustedCertificates", path)).TrustedCertificates;
        var twice = Read(("Host", "x"), ("TrustedCertificates:0", path), ("TrustedCertificates:1", path)).TrustedCertificates;
        File.WriteAllText(path, "No certificate\n");
        var error = Assert.Throws<ArgumentException>(() => Read(("Host", "smtp.example.com"), ("TrustedCertificates", path)));

        File.Delete(path);
        Assert.Equal(["CN=One", "CN=Two"], both.Select(c => c.Subject));
        Assert.Equal(4, twice.Count);
        Assert.Contains("a readable certificate in PEM or DER", error.Message);

        static string NewAuthority(string name)
        {
            using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
                name, key, System.Security.Cryptography.HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            return certificate.ExportCertificatePem();
        }
    }

    [Theory]
    [InlineData("Prot", "1", "Prot")]
    [InlineData("PinnedFingerprint", "x", "PinnedFingerprint")]
    [InlineData("Port", "x", "Port")]
    [InlineData("Port", "0", "Port")]
    [InlineData("Port:0", "1", "Port:0")]
    [InlineData("SendTimeout", "soon", "SendTimeout")]
    [InlineData("KeepAlive", "yes", "KeepAlive")]
    [InlineData("Dkim:Key", "x", "Dkim:Key")]
    [InlineData("Dkim:0:Key", "x", "Dkim:0:Key")]
    [InlineData("Dkim:10:Domain", "example.com", "Dkim:10:Domain")]
    [InlineData("Dkim:x:Domain", "example.com", "Dkim:x:Domain")]
    [InlineData("Defaults:Headers:0", "X-Team", "Defaults:Headers:0")]
    [InlineData("Defaults:Subject", "x", "Defaults:Subject")]
    [InlineData("OAuth:Token", "x", "OAuth:Token")]
    [InlineData("OAuth:Tenant", "x", "OAuth:ClientId")]
    [InlineData("TrustedCertificates", "/no/such/file", "TrustedCertificates")]
    [InlineData("AllowedRecipients:x", "a@b.example", "AllowedRecipients:x")]
    public void An_error_names_the_key(string key, string value, string named)
    {
        var exception = Assert.Throws<ArgumentException>(() =>
            Read(("Host", "smtp.example.com"), ("User", "me"), ("Password", "hush-hush"), (key, value)));

        Assert.Equal(named, exception.ParamName);
        Assert.Contains(named, exception.Message);
        Assert.DoesNotContain("hush-hush", exception.ToString());
    }

    [Fact]
    public void An_error_is_a_value_with_the_key_for_those_who_do_not_want_an_exception()
    {
        Assert.False(ServerOptions.TryFromSettings([new("Host", "smtp.example.com"), new("KeepAlive", "yes")], out var options,
            out var error));

        Assert.Null(options);
        Assert.Equal("KeepAlive", error.Name);
        Assert.Equal("KeepAlive is \"yes\"; allowed: true or false.", error.ToString());
        Assert.True(ServerOptions.TryFromSettings([new("Host", "smtp.example.com")], out options, out error));
        Assert.Equal("smtp.example.com", options.Host);
        Assert.Null(error);
    }

    [Fact]
    public void A_value_of_a_secret_setting_is_not_quoted()
    {
        var exception = Assert.Throws<ArgumentException>(() =>
            Read(("Host", "smtp.example.com"), ("User", "me"), ("Password", "hush\0hush")));

        Assert.Equal("Password", exception.ParamName);
        Assert.Contains("Password is ***", exception.Message);
    }

    [Fact]
    public void A_key_that_is_given_twice_is_rejected() =>
        Assert.Equal("host", Assert.Throws<ArgumentException>(() => Read(("Host", "a.example"), ("host", "b.example"))).ParamName);
}
