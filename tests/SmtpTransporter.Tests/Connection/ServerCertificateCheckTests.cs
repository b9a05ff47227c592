using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests which server certificates are accepted, and the errors for those that are refused.</summary>
public sealed class ServerCertificateCheckTests : IDisposable
{
    private const SslPolicyErrors Untrusted = SslPolicyErrors.RemoteCertificateChainErrors;

    private readonly X509Certificate2 _certificate = New("mail.example.com 192.0.2.1");

    public void Dispose() => _certificate.Dispose();

    private static ServerOptions Options { get; } = new() { Host = "mail.example.com" };

    private static X509Certificate2 New(string names, string? use = null, int days = 1, string subject = "CN=Subject")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        if (names.Length > 0)
            request.CertificateExtensions.Add(alternatives.Build());
        if (use is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(days - 2), DateTimeOffset.UtcNow.AddDays(days));
    }

    private static ServerCertificateCheck Check(
        ServerOptions options, X509Certificate2? certificate, SslPolicyErrors errors, string? refusal, X509Chain? chain = null,
        string? code = null, TimeProvider? time = null)
    {
        var check = new ServerCertificateCheck(options, time);
        Assert.Equal(refusal is null, check.Accepts(null, certificate, chain, errors));
        if (refusal is null)
            Assert.Null(check.Refusal);
        else
            Assert.StartsWith(refusal, check.Refusal, StringComparison.Ordinal);
        if (code is not null)
            Assert.Equal(code, check.Problem?.Code);
        return check;
    }

    [Fact]
    public void A_certificate_that_the_platform_trusts_is_accepted_and_remembered()
    {
        var check = Check(Options, _certificate, SslPolicyErrors.None, null);

        Assert.Equal("CN=Subject", check.Subject);
        Assert.Equal(_certificate.NotAfter.ToUniversalTime(), check.Expires?.UtcDateTime);
    }

    [Fact]
    public void A_missing_certificate_is_refused_even_if_any_certificate_is_accepted()
    {
        var check = Check(
            Options with { DangerouslyAcceptAnyServerCertificate = true }, null, SslPolicyErrors.RemoteCertificateNotAvailable,
            "the server showed no certificate");

        Assert.Null(check.Subject);
        Assert.Null(check.Expires);
    }

    [Theory]
    [InlineData("a..b.test")]
    [InlineData("")]
    [InlineData("bü.test")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a b.test")]
    public void An_entry_that_is_not_a_name_is_passed_over(string entry)
    {
        using var certificate = NewRaw([entry, "mail.example.com", "*.example.org"]);

        Check(Options, certificate, SslPolicyErrors.None, null);
        Check(Options with { Host = "www.example.org" }, certificate, SslPolicyErrors.None, null);
        Check(
            Options with { Host = "b.test" }, certificate, SslPolicyErrors.RemoteCertificateNameMismatch,
            "it is not for the host \"b.test\" but for mail.example.com, *.example.org");
    }

    [Fact]
    public void A_certificate_whose_names_cannot_be_read_names_no_host()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail.example.com", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 0x7F, 1], false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Check(Options, certificate, SslPolicyErrors.None, "it names no host (subjectAltName)");
    }

    [Theory]
    [InlineData("*.example.com", "mail.example.com", true)]
    [InlineData("*.example.com", "a.mail.example.com", false)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", ".example.com", false)]
    [InlineData("m*.example.com", "mail.example.com", false)]
    [InlineData("mail.*.com", "mail.example.com", false)]
    [InlineData("*.*.com", "mail.example.com", false)]
    [InlineData("xn--bcher-kva.example.com", "BÜCHER.example.com.", true)]
    [InlineData("mail.example.com.", "mail.example.com", true)]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    public void A_wildcard_is_the_whole_first_label(string name, string host, bool accepted)
    {
        using var certificate = NewRaw([name, "other.example.com"]);
        var check = new ServerCertificateCheck(Options with { Host = host });

        Assert.Equal(accepted, check.Accepts(null, certificate, null, SslPolicyErrors.None));
    }

    private static X509Certificate2 NewRaw(string[] names)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in names)
            {
                writer.WriteOctetString(
                    System.Text.Encoding.UTF8.GetBytes(name),
                    new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 2));
            }
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Subject", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", writer.Encode(), false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", true)]
    [InlineData("MAIL.example.com.", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("www.example.com", false)]
    public void A_certificate_matches_the_host_name_in_any_case_or_its_address(string host, bool accepted) =>
        Check(
            Options with { Host = host }, _certificate, accepted ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch,
            accepted ? null : $"it is not for the host \"{host}\" but for mail.example.com, 192.0.2.1");

    [Theory]
    [InlineData("mail.example.com", "*.example.com", null)]
    [InlineData("mail.example.com", "*.example.com.", null)]
    [InlineData("example.com", "*.com", "it is for *.com, which is too wide")]
    [InlineData("example.com", "*.com.", "it is for *.com, which is too wide")]
    [InlineData("example.com", "x.example.com *.com", "it is for x.example.com, *.com, which is too wide")]
    [InlineData("example.com", "*.com EXAMPLE.com", null)]
    [InlineData("mail.example.com", "*.com *.example.com", null)]
    [InlineData("bücher.example", "bücher.example", null)]
    [InlineData("xn--bcher-kva.example", "bücher.example", null)]
    [InlineData("mail.bücher.example", "*.bücher.example", null)]
    [InlineData("localhost", "localhost", null)]
    [InlineData("192.0.2.1", "192.0.2.1", null)]
    [InlineData("2001:DB8::1", "2001:db8:0::1", null)]
    [InlineData("_mail.example.com", "*.example.com", "\"_mail.example.com\" is not a valid host name")]
    [InlineData("example.com", "", "it names no host (subjectAltName), only CN=Subject")]
    public void A_wildcard_matches_one_label_below_a_domain(string host, string names, string? refusal)
    {
        using var certificate = New(names);

        Check(Options with { Host = host }, certificate, SslPolicyErrors.None, refusal);
    }

    [Fact]
    public void A_common_name_is_ignored_if_there_are_alternative_names()
    {
        using var certificate = New("192.0.2.1", subject: "CN=mail.example.com");

        Check(Options, certificate, SslPolicyErrors.None, "it is not for the host \"mail.example.com\" but for 192.0.2.1");
    }

    [Fact]
    public void An_unknown_issuer_is_refused_and_a_trusted_issuer_is_accepted()
    {
        using var other = New("other.example", subject: "CN=Other");

        Check(Options, _certificate, Untrusted, "its chain cannot be verified");
        Check(Options with { TrustedCertificates = [_certificate] }, _certificate, Untrusted, null);
        Check(
            Options with { TrustedCertificates = [other] }, _certificate, Untrusted, "it is self-signed by CN=Subject",
            code: "own.certificate-self-signed");
        Check(Options with { TrustedCertificates = [other, _certificate] }, _certificate, Untrusted, null);
    }

    [Fact]
    public void Chain_errors_of_the_platform_are_reported_once()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(_certificate);

        Assert.Equal("it is self-signed by CN=Subject", Check(Options, _certificate, Untrusted, "", chain).Refusal);
    }

    [Fact]
    public void A_trusted_certificate_must_be_for_servers_and_within_its_dates()
    {
        using var client = New("mail.example.com", use: "1.3.6.1.5.5.7.3.2");
        using var server = New("mail.example.com", use: "1.3.6.1.5.5.7.3.1");
        using var expired = New("mail.example.com", days: -1);

        Check(Options with { TrustedCertificates = [client] }, client, Untrusted, "NotValidForUsage");
        Check(Options with { TrustedCertificates = [server] }, server, Untrusted, null);
        Check(
            Options with { TrustedCertificates = [expired] }, expired, Untrusted,
            $"it expired on {expired.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC", code: "own.certificate-expired");
    }

    [Fact]
    public void A_certificate_that_is_expired_and_self_signed_and_for_another_host_is_told_all_of_it()
    {
        using var expired = New("other.example", days: -1);
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(expired);

        Check(
            Options, expired, Untrusted | SslPolicyErrors.RemoteCertificateNameMismatch,
            $"it is not for the host \"mail.example.com\" but for other.example; and it expired on "
            + $"{expired.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC; and it is self-signed by CN=Subject", chain,
            "own.certificate-name");
    }

    [Fact]
    public void A_certificate_that_is_not_valid_yet_is_told_with_both_times()
    {
        using var early = New("mail.example.com", days: 10);
        var now = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

        Check(
            Options with { TrustedCertificates = [early] }, early, Untrusted,
            $"it is not valid before {early.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC, and it is now 2026-05-01 12:00 UTC", null,
            "own.certificate-not-yet-valid", new FakeTimeProvider(now));
    }

    [Fact]
    public void A_chain_sent_by_the_server_is_used_to_reach_a_trusted_root()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=Root", rootKey)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(3));
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleBare = Authority("CN=Middle", middleKey)
            .Create(root, DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2), [1]);
        using var middle = middleBare.CopyWithPrivateKey(middleKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Leaf", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("mail.example.com");
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(middle, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [2]);
        using var shown = new X509Chain();
        shown.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        shown.ChainPolicy.ExtraStore.Add(middleBare);
        shown.Build(leaf);

        Check(Options with { TrustedCertificates = [root] }, leaf, Untrusted, null, shown);
        var alone = Check(Options with { TrustedCertificates = [root] }, leaf, Untrusted, "", code: "own.certificate-incomplete");
        Assert.Equal(
            "the certificate of CN=Middle, which has issued CN=Leaf, is missing: neither has the server sent it nor is it one of this "
            + "machine's authorities", alone.Refusal);
        var withMiddle = Check(Options with { TrustedCertificates = [middleBare] }, leaf, Untrusted, "", shown);
        Assert.Equal(
            "the certificate of CN=Root, which has issued CN=Middle, is missing: neither has the server sent it nor is it one of this "
            + "machine's authorities; and TrustedCertificates has the certificate of CN=Middle, but needs that of an authority that "
            + "signs itself", withMiddle.Refusal);
        var withLeaf = Check(Options with { TrustedCertificates = [leaf] }, leaf, Untrusted, "");
        Assert.EndsWith(
            "and TrustedCertificates has the certificate of CN=Leaf, but needs that of an authority that signs itself", withLeaf.Refusal,
            StringComparison.Ordinal);
        using var anchor = X509CertificateLoader.LoadCertificate(root.RawData);
        using var whole = new X509Chain();
        whole.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        whole.ChainPolicy.ExtraStore.Add(middleBare);
        whole.ChainPolicy.ExtraStore.Add(anchor);
        whole.Build(leaf);
        Check(Options, leaf, Untrusted, "this machine does not know the authority CN=Root", whole, "own.certificate-unknown-authority");

        static CertificateRequest Authority(string name, ECDsa key)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request;
        }
    }

    [Fact]
    public void A_trusted_certificate_for_another_host_is_refused() =>
        Check(
            Options with { Host = "www.example.com", TrustedCertificates = [_certificate] }, _certificate,
            Untrusted | SslPolicyErrors.RemoteCertificateNameMismatch, "it is not for the host");

    [Fact]
    public void A_pin_tightens_every_certificate_check_and_loosens_none()
    {
        var fingerprint = _certificate.GetCertHashString(HashAlgorithmName.SHA256);
        var pinned = Options with { PinnedFingerprints = [new string('A', 64), fingerprint] };
        var other = Options with { PinnedFingerprints = [new string('A', 64)] };

        Check(pinned, _certificate, SslPolicyErrors.None, null);
        Check(pinned, _certificate, Untrusted, "its chain cannot be verified");
        Check(other, _certificate, SslPolicyErrors.None, $"its fingerprint {fingerprint} is not a pinned one");
        Check(
            other with { DangerouslyAcceptAnyServerCertificate = true }, _certificate, Untrusted,
            $"its fingerprint {fingerprint} is not a pinned one");
        Check(pinned with { DangerouslyAcceptAnyServerCertificate = true }, _certificate, Untrusted, null);
    }

    [Fact]
    public void A_refusal_is_forgotten_at_the_next_certificate()
    {
        var check = Check(Options, null, SslPolicyErrors.None, "the server showed no certificate");

        Assert.True(check.Accepts(null, _certificate, null, SslPolicyErrors.None));
        Assert.Null(check.Refusal);
    }

    [Theory]
    [InlineData(192, false)]
    [InlineData(256, true)]
    public void A_certificate_with_a_key_on_a_small_curve_is_refused(int bits, bool accepted)
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "The platform makes no such key.");
        using var key = ECDsa.Create(bits == 192 ? ECCurve.CreateFromFriendlyName("prime192v1") : ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Subject", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("mail.example.com");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Check(Options, certificate, SslPolicyErrors.None, accepted ? null : "its key has only 192 bits");
    }

    [Theory]
    [InlineData(" ab:cd", 60, true)]
    [InlineData("abcd", 60, true)]
    [InlineData("abcd", 59, false)]
    [InlineData("abcd", 61, false)]
    [InlineData("abcg", 60, false)]
    public void A_fingerprint_has_64_digits_with_or_without_colons(string begin, int rest, bool valid) =>
        Assert.Equal(valid ? "ABCD" + new string('0', rest) : null, CertificateFingerprint.Normalize(begin + new string('0', rest)));

    [Fact]
    public void A_missing_fingerprint_is_not_valid() => Assert.Null(CertificateFingerprint.Normalize(null));
}
