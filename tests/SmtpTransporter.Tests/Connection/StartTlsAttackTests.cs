using System.Net;
using System.Net.Sockets;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests what an attacker on the path can inject before TLS is established: the cases for submission clients of "Why TLS Is Better Without
/// STARTTLS" (USENIX Security 2021). No secret is sent, no injected reply is used, and an error says what happened; it makes no difference
/// whether clear text would be allowed, because STARTTLS was offered.
/// </summary>
public sealed class StartTlsAttackTests : SocketTest
{
    private const string Ehlo = "250-mail.example\r\n250 STARTTLS\r\n";

    /// <summary>What the attacker sends: the greeting, the reply to EHLO, the reply to STARTTLS.</summary>
    public static TheoryData<string, string, string, string> Attacks => new()
    {
        { "an answer injected behind 220", "220 hi\r\n", Ehlo, "220 Go\r\n250 injected\r\n" },
        { "an EHLO reply injected behind 220", "220 hi\r\n", Ehlo, "220 Go\r\n250-evil\r\n250 AUTH PLAIN LOGIN\r\n" },
        { "an authentication reply injected behind 220", "220 hi\r\n", Ehlo, "220 Go\r\n250 evil\r\n235 2.7.0 Welcome\r\n" },
        { "half a line injected behind 220", "220 hi\r\n", Ehlo, "220 Go\r\n250 in" },
        { "one byte injected behind 220", "220 hi\r\n", Ehlo, "220 Go\r\n\n" },
        { "a line of the 220 that goes on", "220 hi\r\n", Ehlo, "220-Go\r\n220-on\r\n" },
        { "plain text instead of a handshake", "220 hi\r\n", Ehlo, "220 Go\r\n" },
        { "STARTTLS answered with 250", "220 hi\r\n", Ehlo, "250 Go\r\n" },
        { "STARTTLS answered with 334", "220 hi\r\n", Ehlo, "334 VXNlcm5hbWU6\r\n" },
        { "STARTTLS answered with 235", "220 hi\r\n", Ehlo, "235 2.7.0 Already in\r\n" },
        { "STARTTLS refused for now", "220 hi\r\n", Ehlo, "454 4.7.0 Not now\r\n" },
        { "STARTTLS refused", "220 hi\r\n", Ehlo, "554 5.7.0 Never\r\n" },
        { "STARTTLS called unknown", "220 hi\r\n", Ehlo, "502 5.5.1 What?\r\n" },
        { "a greeting that says logged in", "235 2.7.0 Already in\r\n", Ehlo, "220 Go\r\n" },
        { "a greeting that is an EHLO reply", "250-mail.example\r\n250 AUTH PLAIN\r\n", Ehlo, "220 Go\r\n" },
        { "an EHLO reply behind the greeting", "220 hi\r\n250-mail.example\r\n250 AUTH PLAIN\r\n", Ehlo, "220 Go\r\n" },
        { "AUTH asked for in the greeting", "220 hi\r\n334 VXNlcm5hbWU6\r\n", Ehlo, "220 Go\r\n" },
        { "the STARTTLS reply sent ahead", "220 hi\r\n", Ehlo + "220 Go\r\n", "" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task An_attack_before_tls_gets_no_secret_and_injected_replies_are_ignored(
        string attack, string greeting, string ehlo, string startTls)
    {
        foreach (var (async, acceptUnsecure) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var received = AttackAsync(listener, greeting, ehlo, startTls);
            await using var transporter = new SmtpTransporter(new ServerOptions
            {
                Host = "127.0.0.1",
                Port = ((IPEndPoint)listener.LocalEndpoint).Port,
                User = User,
                Password = Password,
                AcceptUnsecureConnection = acceptUnsecure,
                ConnectionTimeout = Brief,
            });

            var result = await SendAsync(transporter, async);

            Assert.True(result.Outcome == Outcome.NotSent, $"{attack}: {Describe(result)}");
            Assert.True(result.Status is not (>= 200 and < 400), $"{attack}: {Describe(result)}");
            Assert.True(result.Status > 0 || result.Errors.Count > 0, attack);
            var sent = await received;
            Assert.All(
                (string[])["AUTH", "MAIL", "RCPT", "HELO", Password, Convert.ToBase64String(Encoding.UTF8.GetBytes(Password))],
                word => Assert.DoesNotContain(word, sent, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_starttls_command_is_followed_by_the_handshake_only(bool async)
    {
        await WithGrowingLimit(async limit =>
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var received = AttackAsync(listener, "220 hi\r\n", Ehlo, "220 Go\r\n");
            await using var transporter = new SmtpTransporter(new ServerOptions
            {
                Host = "127.0.0.1",
                Port = ((IPEndPoint)listener.LocalEndpoint).Port,
                User = User,
                Password = Password,
                ConnectionTimeout = limit,
            });

            _ = await SendAsync(transporter, async);

            var sent = await received;
            var after = sent[(sent.IndexOf("STARTTLS\r\n", StringComparison.Ordinal) + 10)..];
            if (after.Length == 0 || !sent.Contains("STARTTLS\r\n", StringComparison.Ordinal))
                return false;

            // The first byte of a TLS handshake: the packet with STARTTLS contains nothing else that an attacker could keep as if it were
            // encrypted.
            Assert.Equal('\u0016', after[0]);
            return true;
        });
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_server_without_the_expected_starttls_offer_gets_no_secret(bool async, bool offersAuth)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, OfferAuthWithoutTls = true });
        server.Script.On(SmtpStep.Ehlo).ReplyLines(
            250, offersAuth ? ["localhost", "AUTH PLAIN LOGIN", "PIPELINING"] : ["localhost", "XSTARTTLS", "PIPELINING"]);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { AcceptUnsecureConnection = false });

        AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.TlsNotAvailable, "tls");

        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.All(Verbs(Assert.Single(server.Sessions)), verb => Assert.Contains(verb, (string[])["EHLO", "QUIT"]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Tls_is_not_started_twice(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, AuthMechanisms = ["PLAIN"] });
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "STARTTLS", "AUTH PLAIN");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Single(Verbs(server.Sessions[0]), verb => verb == "STARTTLS");
    }

    /// <summary>Sends each piece after the client has sent something; returns everything that the client sent.</summary>
    private static async Task<string> AttackAsync(TcpListener listener, params string[] pieces)
    {
        using var client = await listener.AcceptTcpClientAsync(Cancellation);
        await using var stream = client.GetStream();
        var sent = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            foreach (var piece in pieces.Append("250 plain text\r\n"))
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(piece), Cancellation);
                var read = await stream.ReadAsync(buffer, Cancellation);
                if (read == 0)
                    break;
                sent.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The client has closed the connection.
        }

        return sent.ToString();
    }
}
