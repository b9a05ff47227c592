using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class TlsTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_without_tls_gets_only_ehlo_and_quit(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AcceptUnsecureConnection = false });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.TlsNotAvailable, "tls");
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.All(Verbs(Assert.Single(server.Sessions)), verb => Assert.Contains(verb, (string[])["EHLO", "QUIT"]));
    }

    [Theory]
    [InlineData(false, false, 454)]
    [InlineData(false, true, 454)]
    [InlineData(true, false, 554)]
    [InlineData(true, true, 554)]
    public async Task A_refused_upgrade_does_not_allow_clear_text(bool async, bool acceptUnsecure, int code)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, OfferAuthWithoutTls = true });
        server.Script.On(SmtpStep.StartTls).Reply(code, "4.7.0 TLS not available");
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AcceptUnsecureConnection = acceptUnsecure });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal(code, result.Status);
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.All(Verbs(Assert.Single(server.Sessions)), verb => Assert.Contains(verb, (string[])["EHLO", "STARTTLS", "QUIT"]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Clear_text_is_used_only_if_tls_is_not_offered(bool async)
    {
        await using var clear = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var secure = SmtpTestServer.Start();
        await using var toClear = new SmtpTransporter(clear.ToServerOptions() with { AcceptUnsecureConnection = true });
        await using var toSecure = new SmtpTransporter(secure.ToServerOptions() with { AcceptUnsecureConnection = true });

        AssertAccepted(await SendAsync(toClear, async));
        AssertAccepted(await SendAsync(toSecure, async));

        Assert.False(clear.Messages[0].IsSecure);
        Assert.True(secure.Messages[0].IsSecure);
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls, false, false)]
    [InlineData(SmtpTestTlsMode.StartTls, true, true)]
    [InlineData(SmtpTestTlsMode.Implicit, true, false)]
    [InlineData(SmtpTestTlsMode.Implicit, false, true)]
    public async Task A_certificate_of_an_unknown_issuer_is_refused_before_any_credentials(
        SmtpTestTlsMode tls, bool async, bool acceptUnsecure)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls, Users = Users });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { TrustedCertificates = [], AcceptUnsecureConnection = acceptUnsecure });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.All(Verbs(Assert.Single(server.Sessions)), verb => Assert.Contains(verb, (string[])["EHLO", "STARTTLS"]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_certificate_for_another_host_is_refused_and_the_error_names_both(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Address = IPAddress.Parse("127.0.0.2"), Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
        Assert.Contains("127.0.0.2", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Contains("localhost", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-10, -1, false)]
    [InlineData(-10, -1, true)]
    [InlineData(1, 10, false)]
    [InlineData(1, 10, true)]
    public async Task A_certificate_outside_its_validity_period_is_refused_even_if_it_is_trusted(int fromDays, int toDays, bool async)
    {
        using var certificate = NewCertificate(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays));
        await using var server = SmtpTestServer.Start(new() { Certificate = certificate });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.CertificateNotTrusted, "tls");
        Assert.Contains(fromDays > 0 ? "not valid before" : "expired on", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_pinned_fingerprint_tightens_the_check(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var fingerprint = server.Certificate!.GetCertHashString(HashAlgorithmName.SHA256);
        var options = server.ToServerOptions();
        await using var pinned = new SmtpTransporter(options with { PinnedFingerprints = [fingerprint] });
        await using var other = new SmtpTransporter(options with { PinnedFingerprints = [new string('A', 64)] });
        await using var untrusted = new SmtpTransporter(options with { PinnedFingerprints = [fingerprint], TrustedCertificates = [] });

        AssertAccepted(await SendAsync(pinned, async));
        var refused = await SendAsync(other, async);
        AssertNotSent(refused, SmtpErrorCodes.CertificateNotTrusted, "tls");
        Assert.Contains(fingerprint, refused.Errors[^1].Message, StringComparison.Ordinal);
        AssertNotSent(await SendAsync(untrusted, async), SmtpErrorCodes.CertificateNotTrusted, "tls");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_certificate_check_is_switched_off_only_by_an_option_with_a_warning_name(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Address = IPAddress.Parse("127.0.0.2") });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { TrustedCertificates = [], DangerouslyAcceptAnyServerCertificate = true });

        AssertAccepted(await SendAsync(transporter, async));
        Assert.True(server.Messages[0].IsSecure);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_client_presents_its_certificate(bool async)
    {
        using var certificate = NewCertificate(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = SmtpTestServer.Start(new() { RequestClientCertificate = true });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { ClientCertificates = [certificate] });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(certificate.Thumbprint, server.Sessions[0].ClientCertificate?.Thumbprint);
    }

    [Theory]
    [InlineData("250 evil.example\r\n", false)]
    [InlineData("250 evil.example\r\n", true)]
    [InlineData("250-ev", false)]
    [InlineData("250-ev", true)]
    public async Task Clear_text_after_the_reply_to_starttls_is_ignored(string injected, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        server.Script.On(SmtpStep.StartTls).ReplyRaw("220 2.0.0 Ready\r\n" + injected);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.ProtocolError, "tls");
        Assert.Contains("STARTTLS", result.Errors[^1].Message, StringComparison.Ordinal);
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Equal(["EHLO", "STARTTLS"], Verbs(server.Sessions[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_interrupted_handshake_is_a_tls_error_and_the_next_send_works(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.TlsHandshake).Times(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Equal("tls", result.Errors[^1].ComponentSignature);
        Assert.True(result.IsTransient, Describe(result));
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_without_tls_on_a_port_for_implicit_tls_is_an_error_with_a_hint(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { ImplicitTls = true });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.TlsHandshakeFailed, "tls");
        Assert.Contains("greets in clear text", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_with_tls_from_the_first_byte_on_another_port_is_an_error_with_a_hint(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { ImplicitTls = false, ConnectionTimeout = Brief });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.ReplyTimeout, "smtp");
        Assert.Contains("ImplicitTls", result.Errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Extensions_offered_after_tls_are_used(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN"] });
        server.Script.On(SmtpStep.Ehlo).Times(1).ReplyLines(250, "localhost", "STARTTLS", "AUTH LOGIN");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal("PLAIN", server.Sessions[0].AuthMechanism);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Extensions_offered_only_before_tls_are_not_used(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN"] });
        server.Script.On(SmtpStep.Ehlo).Times(1).ReplyLines(250, "localhost", "STARTTLS", "AUTH PLAIN");
        server.Script.On(SmtpStep.Ehlo).Reply(502, "5.5.1 Say HELO");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.DoesNotContain("AUTH", Verbs(server.Sessions[0]));
    }

    private static X509Certificate2 NewCertificate(DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(from, to);
    }
}
