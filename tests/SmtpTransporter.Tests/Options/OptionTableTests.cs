using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The table of options knows every property, and prints, compares and reads it.</summary>
public sealed class OptionTableTests
{
    private const string Secret = "hush-hush";

    private static readonly X509Certificate2 Certificate = CreateCertificate();

    public static TheoryData<string> Names => [.. Properties.Select(p => p.Name)];

    private static IEnumerable<PropertyInfo> Properties => typeof(ServerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    /// <summary>Options that all differ from their defaults. They are not valid as a whole.</summary>
    private static ServerOptions AllChanged
    {
        get
        {
            var options = AllValuesChanged;
            foreach (var flag in Properties.Where(p => p.PropertyType == typeof(bool)))
                flag.SetValue(options, !(bool)flag.GetValue(new ServerOptions())!);
            return options;
        }
    }

    private static ServerOptions AllValuesChanged => new()
    {
        Host = "smtp.example.com",
        Port = 25,
        ImplicitTls = true,
        User = "me",
        Password = Secret,
        AccessTokenOAuth2 = Secret,
        AccessTokenProvider = new ClientCredentialsTokenProvider(new Uri("https://login.example/token"), "id", Secret),
        AuthenticationMode = AuthenticationMode.Plain,
        AuthenticationMechanisms = ["PLAIN"],
        SaslMechanismFactory = () => throw new NotSupportedException(),
        Protocol = MailProtocol.Lmtp,
        ConnectionTimeout = TimeSpan.FromSeconds(1),
        SendTimeout = TimeSpan.FromSeconds(2),
        HeaderCharset = MailMode.Iso88591,
        BodyCharset = MailMode.Iso2022Jp,
        AttachmentNameEncoding = AttachmentNameEncoding.Rfc2047,
        LogFile = "smtp.log",
        LogMaxSize = 1_000_000,
        LogMaxFiles = 3,
        MaxConnections = 4,
        MaxMessagesPerConnection = 5,
        Overlap = 3,
        IdleTimeout = TimeSpan.FromSeconds(6),
        LogSummaryInterval = TimeSpan.FromSeconds(7),
        MessageRate = Limiter,
        RecipientRate = Limiter,
        RecipientDomainRate = DomainLimiter,
        Chunking = ChunkingMode.Never,
        Reconnect = ReconnectMode.Always,
        LocalDomain = "me.example",
        LocalAddress = IPAddress.Loopback,
        Proxy = "socks5://proxy.example:1080",
        ConnectCallback = (_, _) => new(Stream.Null),
        ClientCertificates = [Certificate],
        TrustedCertificates = [X509CertificateLoader.LoadCertificate(Certificate.RawData)],
        PinnedFingerprints = [new string('a', 64)],
        Certificate = CertificateSource.FromFile("me.p12"),
        CertificateName = "me",
        CertificatePassword = Secret,
        Dkim = new() { Domain = "example.com", Selector = "s", PrivateKey = Secret },
        DkimKeys = [new() { Domain = "example.com", Selector = "t", PrivateKey = Secret }],
        Defaults = new() { From = "me@example.com" },
        Enforced = new() { Headers = [new("X-Key", Secret)] },
        IsRecipientDenied = address => address.Length > 0,
        SuppressionList = Suppressions,
        RedirectAllTo = "dev@example.com",
        AllowedRecipients = ["example.com", "a@b.example"],
        PickupFolder = "mails",
        Logger = NullLogger.Instance,
        Handlers = [new PlainHandler()],
    };

    private sealed class PlainHandler : SendHandler
    {
        public override bool Equals(object? obj) => obj is PlainHandler;

        public override int GetHashCode() => 0;
    }

    private static readonly MemorySuppressionList Suppressions = new();

    private static readonly RateLimiter Limiter = new ConcurrencyLimiter(new() { PermitLimit = 1 });

    private static readonly PartitionedRateLimiter<string> DomainLimiter =
        PartitionedRateLimiter.Create<string, string>(d => RateLimitPartition.GetNoLimiter(d));

    [Fact]
    public void Every_property_has_one_descriptor() =>
        Assert.Equal(Properties.Select(p => p.Name).Order(StringComparer.Ordinal),
            OptionTable.All.Select(o => o.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_option_is_unequal_and_printed(string name)
    {
        var property = typeof(ServerOptions).GetProperty(name)!;
        var changed = new ServerOptions();
        property.SetValue(changed, property.GetValue(AllChanged));
        var option = OptionTable.All.Single(o => o.Name == name);

        Assert.NotEqual(new ServerOptions(), changed);
        Assert.Equal([option], OptionTable.Changed(changed));
        Assert.Equal($"ServerOptions {{ {name} = {option.Show(changed)} }}", changed.ToString());
        Assert.DoesNotContain(Secret, changed.ToString(), StringComparison.Ordinal);
        Assert.Equal(property.GetValue(changed) is string && option.IsSecret, option.Show(changed) == "***");
    }

    [Fact]
    public void Equality_compares_lists_and_certificates_by_their_contents()
    {
        var (first, second) = (AllChanged, AllChanged);

        Assert.NotSame(first.TrustedCertificates[0], second.TrustedCertificates[0]);
        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.NotEqual(first, second with { AllowedRecipients = ["example.com"] });
        Assert.NotEqual(first, second with { Dkim = second.Dkim! with { Headers = ["From"] } });
        Assert.NotEqual(first, second with { Dkim = second.Dkim! with { PrivateKey = "other" } });
    }

    [Fact]
    public void Defaults_print_nothing_and_invalid_lists_do_not_fail()
    {
        Assert.Equal("ServerOptions { }", new ServerOptions().ToString());
        Assert.Equal("ServerOptions { PinnedFingerprints = null }", new ServerOptions { PinnedFingerprints = null! }.ToString());
        Assert.Equal("ServerOptions { TrustedCertificates = [null] }", new ServerOptions { TrustedCertificates = [null!] }.ToString());
        Assert.Equal("ServerOptions { Host = *** }", new ServerOptions { Host = "me:secret@host" }.ToString());
    }

    [Fact]
    public void Control_characters_are_printed_as_their_code() =>
        Assert.Equal("ServerOptions { LocalDomain = a\\u000d\\u000ab }", new ServerOptions { LocalDomain = "a\r\nb" }.ToString());

    [Fact]
    public void Every_url_key_reads_the_same_value_as_the_setting()
    {
        var options = OptionTable.All.Where(o => o.UrlKey is not null && !o.IsList && o.Name != nameof(ServerOptions.ImplicitTls)).ToList();
        Assert.NotEmpty(options);

        Assert.All(options, option =>
        {
            var value = Convert.ToString(typeof(ServerOptions).GetProperty(option.Name)!.GetValue(AllChanged),
                CultureInfo.InvariantCulture)!;
            var fromUrl = ServerOptions.Parse($"smtp://user:{Secret}@host?{option.UrlKey}={Uri.EscapeDataString(value)}");
            var fromSettings = ServerOptions.FromSettings(
                [new("Host", "host"), new("User", "user"), new("Password", Secret), new(option.Settings[0].Key, value)]);

            Assert.Equal(fromUrl, fromSettings);
            Assert.Contains($"{option.Name} = {option.Show(AllChanged)}", fromUrl.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_url_key_is_the_name_of_the_option_in_camel_case()
    {
        var keys = OptionTable.All.Where(o => o.UrlKey is not null).ToList();

        Assert.All(keys, o => Assert.StartsWith(o.UrlKey!, char.ToLowerInvariant(o.Name[0]) + o.Name[1..], StringComparison.Ordinal));
        Assert.DoesNotContain(keys, o => o.IsSecret);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create();
        return new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
    }
}
