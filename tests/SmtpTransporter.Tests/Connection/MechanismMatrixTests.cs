using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Twenty mechanisms, those of the library and those that only a caller could have: whatever a server offers or refuses, there is one
/// attempt with the wanted one, and nothing is sent in clear text.
/// </summary>
public sealed class MechanismMatrixTests : SocketTest
{
    private const string Token = "ya29.a0AfH6SMBx-token";

    private static readonly string[] ByPassword =
    [
        "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS",
    ];

    private static readonly string[] ByToken = ["XOAUTH2", "OAUTHBEARER"];

    private static readonly string[] OfTheCaller =
        ["GS2-KRB5", "GSS-SPNEGO", "EXTERNAL", "ANONYMOUS", "SECURID", "SCRAM-SHA3-512", "X-OF_SOMEBODY"];

    // Those with which a server proves that it knows the password: the word of a scripted one is not enough.
    private static readonly string[] Mutual = [.. ByPassword.Where(m => m.StartsWith("SCRAM", StringComparison.Ordinal)), "DIGEST-MD5"];

    private static readonly string[] OfTheServer = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"];

    public static TheoryData<string> Mechanisms => [.. ByPassword, .. ByToken, .. OfTheCaller];

    [Fact]
    public void There_are_twenty_mechanisms() => Assert.Equal(20, Mechanisms.Distinct().Count());

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task An_offered_mechanism_is_used_once(string mechanism)
    {
        await using var server = Start(mechanism, "PLAIN", "LOGIN");
        if (!OfTheServer.Contains(mechanism))
            server.Script.On(SmtpStep.Auth).Reply(235, "2.7.0 Ok");
        await using var transporter = new SmtpTransporter(Wanting(server, mechanism));

        var result = await SendAsync(transporter, async: true);

        var session = Assert.Single(server.Sessions);
        Assert.Equal((mechanism, 1), (session.AuthMechanism, session.AuthAttempts));
        if (OfTheServer.Contains(mechanism) || !Mutual.Contains(mechanism))
            AssertAccepted(result);
        else
            AssertNotSent(result, SmtpErrorCodes.ProtocolError, "auth");
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task Nothing_is_sent_in_place_of_a_mechanism_that_is_not_offered(string mechanism)
    {
        string[] others = [.. new[] { "PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2" }.Where(m => m != mechanism)];
        await using var server = Start(others);
        await using var transporter = new SmtpTransporter(Wanting(server, mechanism));

        var result = await SendAsync(transporter, async: true);

        AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
        Assert.Contains($"does not offer {mechanism};", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.All(others, m => Assert.Contains(m, result.Errors[^1].Message, StringComparison.Ordinal));
        Assert.Equal(0, server.Sessions.Sum(s => s.AuthAttempts));
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task A_refused_mechanism_is_not_tried_again_and_no_other_in_its_place(string mechanism)
    {
        await using var server = Start(mechanism, "PLAIN", "LOGIN");
        server.Script.On(SmtpStep.Auth).Reply(535, "5.7.8 Not so");
        await using var transporter = new SmtpTransporter(Wanting(server, mechanism));

        var result = await SendAsync(transporter, async: true);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Equal(1, server.Sessions.Sum(s => s.AuthAttempts));
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task A_mechanism_that_is_offered_before_TLS_is_used_only_behind_it(string mechanism)
    {
        await using var server = Start(new SmtpTestServerOptions { OfferAuthWithoutTls = true }, mechanism);
        server.Script.On(SmtpStep.Auth).Reply(535, "5.7.8 Not so");
        await using var transporter = new SmtpTransporter(Wanting(server, mechanism) with { AcceptUnsecureConnection = true });

        var result = await SendAsync(transporter, async: true);

        Assert.Equal(535, result.Status);
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "AUTH"], Verbs(Assert.Single(server.Sessions)).Take(4));
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public async Task No_mechanism_is_used_in_clear_text(string mechanism)
    {
        await using var server = Start(new SmtpTestServerOptions { Tls = SmtpTestTlsMode.None }, mechanism, "PLAIN");
        await using var transporter = new SmtpTransporter(Wanting(server, mechanism) with { AcceptUnsecureConnection = false });

        AssertNotSent(await SendAsync(transporter, async: true), SmtpErrorCodes.TlsNotAvailable, "tls");

        Assert.Equal(0, server.Sessions.Sum(s => s.AuthAttempts));
        Assert.All(server.Sessions, s => Assert.DoesNotContain("AUTH", Verbs(s)));
    }

    private static SmtpTestServer Start(params string[] mechanisms) => Start(new SmtpTestServerOptions(), mechanisms);

    private static SmtpTestServer Start(SmtpTestServerOptions options, params string[] mechanisms) =>
        SmtpTestServer.Start(options with { Users = Users, AccessToken = Token, AuthMechanisms = mechanisms });

    private static ServerOptions Wanting(SmtpTestServer server, string mechanism)
    {
        var options = server.ToServerOptions() with { AuthenticationMechanisms = [mechanism] };
        return ByPassword.Contains(mechanism) ? options
            : ByToken.Contains(mechanism) ? options with { Password = null, AccessTokenOAuth2 = Token }
            : options with { User = null, Password = null, SaslMechanismFactory = () => new OwnMechanism(mechanism) };
    }

    private sealed class OwnMechanism(string name) : ISaslMechanism
    {
        public string Name => name;

        public byte[] Begin() => Encoding.UTF8.GetBytes(User);

        public byte[] Respond(byte[] challenge) => [];
    }
}
