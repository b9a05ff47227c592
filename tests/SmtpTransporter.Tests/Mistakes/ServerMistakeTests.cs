using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a user is told whose server cannot be used, or refuses: the whole line, by a send and by a check alike.</summary>
public sealed class ServerMistakeTests : SocketTest
{
    private const string OtherServer =
        "Use the port of the server's SMTP: 587 with STARTTLS, or 465 with TLS from the first byte. [own.other-server]";

    /// <summary>Asserts the same words in the result, the exception and the check, with PORT in the place of the port.</summary>
    private static async Task AssertWordsAsync(ServerOptions options, string words, Email? email = null)
    {
        await using var transporter = new SmtpTransporter(options);
        var result = await transporter.SendAsync(email ?? NewMail(), Cancellation);
        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.Equal($"NotSent: {words}", Without(result.ToString()));
        Assert.Equal($"NotSent: {words}", Without(Assert.Throws<SmtpTransporterException>(result.EnsureSuccess).Message));
        Assert.Equal($"Failed: {words}", Without(status.ToString()));
        Assert.Equal(new EndpointName(options.Host, options.Port).ToString(), result.Server);
        Assert.Equal(result.Server, status.Server);
        Assert.DoesNotContain(result.Errors, e => e.Message.Length > 300);

        string Without(string text) => text.Replace($":{options.Port}", ":PORT", StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Theory]
    [InlineData("localhost", " (tried ")]
    [InlineData("127.0.0.1", ".")]
    public async Task A_closed_port_is_told_with_the_addresses_that_were_tried(string host, string behind)
    {
        var options = new ServerOptions { Host = host, Port = FreePort() };
        await using var transporter = new SmtpTransporter(options);

        var reason = (await transporter.SendAsync(NewMail(), Cancellation)).ToString();

        Assert.StartsWith(
            $"NotSent: The server {host}:{options.Port} cannot be reached: Connection refused{behind}", reason, StringComparison.Ordinal);
        Assert.EndsWith(
            ". Check Host and Port (587 with STARTTLS, 465 with TLS), and that the server runs and listens on the addresses that were "
            + "tried; many networks block port 25. [own.connect-failed]", reason, StringComparison.Ordinal);
        if (host == "localhost")
            Assert.Contains("127.0.0.1", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_an_address_is_named()
    {
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = "smtp.nowhere.example" }, null, TimeProvider.System, new FixedResolver());

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Matches(
            "^NotSent: The host name \"smtp\\.nowhere\\.example\" was not found: .+ \\(smtp\\.nowhere\\.example:587\\)\\. Check Host for "
            + "typing errors, and this machine's DNS settings\\. \\[own\\.host-not-found\\]$", result.ToString());
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "An HTTP server", "HTTP/1.1 400 Bad Request")]
    [InlineData("+OK Dovecot ready.\r\n", "A POP3 server", "+OK Dovecot ready.")]
    [InlineData("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "An IMAP server", "* OK [CAPABILITY IMAP4rev1] Dovecot ready.")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", "An SSH server", "SSH-2.0-OpenSSH_9.2p1")]
    public async Task Another_server_is_recognized_by_its_greeting(string greeting, string kind, string line)
    {
        await using var server = new SpeakingServer(Encoding.ASCII.GetBytes(greeting), asked: false);

        await AssertWordsAsync(
            new ServerOptions { Host = "localhost", Port = server.Port },
            $"{kind} answers localhost:PORT, and not a server of SMTP: it greets with \"{line}\". {OtherServer}");
    }

    [Fact]
    public async Task An_HTTP_server_that_is_spoken_to_with_TLS_is_recognized()
    {
        await using var server = new SpeakingServer("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), asked: true);

        await AssertWordsAsync(
            new ServerOptions { Host = "localhost", Port = server.Port, ImplicitTls = true },
            $"An HTTP server answers localhost:PORT, and not a server of SMTP: it greets with \"HTTP/1.1 400 Bad Request\". "
            + $"{OtherServer}");
    }

    [Fact]
    public async Task TLS_from_the_first_byte_to_a_server_of_STARTTLS_is_recognized()
    {
        await using var server = SmtpTestServer.Start();

        await AssertWordsAsync(
            server.ToServerOptions() with { ImplicitTls = true },
            "The server localhost:PORT greets in clear text (\"220 localhost ESMTP ready\"), and TLS from the first byte was expected. "
            + "Use port 587 without ImplicitTls (STARTTLS), or the server's port for TLS, usually 465. [own.not-implicit-tls]");
    }

    [Fact]
    public async Task A_server_that_answers_a_greeting_of_clear_text_with_TLS_is_recognized()
    {
        // A fatal alert of TLS 1.2: unexpected_message.
        await using var server = new SpeakingServer([0x15, 3, 3, 0, 2, 2, 10, (byte)'\r', (byte)'\n'], asked: false);

        await AssertWordsAsync(
            new ServerOptions { Host = "localhost", Port = server.Port },
            "The server localhost:PORT speaks TLS from the first byte, and ImplicitTls is not set. Set ImplicitTls to true, or use the "
            + "scheme smtps, or port 587 with STARTTLS. [own.not-starttls]");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_says_nothing_is_told_as_such(bool async)
    {
        await using var server = new SpeakingServer("never"u8.ToArray(), asked: true);
        var options = new ServerOptions { Host = "localhost", Port = server.Port, ConnectionTimeout = Brief };
        await using var transporter = new SmtpTransporter(options);

        var result = await SendAsync(transporter, async);

        Assert.Equal(
            $"NotSent: The server localhost:{server.Port} sent no greeting in time: it waits for the client to speak first, as "
            + $"a server with "
            + "TLS from the first byte does (ImplicitTls, port 465), or an HTTP server. Check Port: 587 is for STARTTLS, 465 for TLS "
            + "from the first byte (ImplicitTls). If the port is right, the server is overloaded or a firewall holds the connection. "
            + "[own.no-greeting]",
            result.ToString());
    }

    [Fact]
    public async Task A_server_without_TLS_is_told_with_both_ways_out()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

        await AssertWordsAsync(
            new ServerOptions { Host = "localhost", Port = server.Port },
            "The server localhost:PORT does not offer STARTTLS, and AcceptUnsecureConnection is false: nothing was sent in the clear. "
            + "Use port 587 or 465 of the server; for a server on this machine or in a test environment, set AcceptUnsecureConnection. "
            + "[own.tls-not-available]");
    }

    [Fact]
    public async Task A_self_signed_certificate_is_told_with_its_name_and_remedy()
    {
        await using var server = SmtpTestServer.Start();

        await AssertWordsAsync(
            new ServerOptions { Host = "localhost", Port = server.Port },
            $"The certificate of the server localhost:PORT is not trusted: it is self-signed by {server.Certificate!.Subject}. "
            + $"If the server is "
            + "yours, set TrustedCertificates to this certificate; else do not send to it. [own.certificate-self-signed]");
    }

    [Fact]
    public async Task A_server_that_offers_no_login_is_told_as_such()
    {
        await using var server = SmtpTestServer.Start();

        await AssertWordsAsync(
            server.ToServerOptions() with { User = User, Password = Password },
            "The server does not offer SCRAM-SHA-512 or SCRAM-SHA-256 or SCRAM-SHA-1 or CRAM-MD5 or PLAIN or LOGIN; it offers no "
            + "authentication at all (localhost:PORT). Use port 587 or 465, and TLS: many servers offer it only there. If the server "
            + "needs none, leave User and Password out. [own.no-login]");
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_told_before_it_is_sent()
    {
        await using var server = SmtpTestServer.Start(new() { SizeLimit = 2000 });
        var email = NewMail();
        email.TextBody = new string('x', 900) + "\r\n" + new string('y', 900) + "\r\n" + new string('z', 900);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(email, Cancellation);

        Assert.Equal(
            $"NotSent: The message has {result.Size} bytes; the server takes at most 2000 (SIZE, RFC 1870) "
            + $"(localhost:{server.Port}). Send "
            + "smaller attachments, or a link. An attachment grows by a third as it is encoded. [own.too-large]",
            result.ToString());
    }

    [Fact]
    public async Task A_refused_login_is_told_once()
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Password = "wrong" });

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Matches(
            $"^NotSent 535 .+ \\(localhost:{server.Port}\\)\\. Check User and Password\\. Many services require an app password or an API "
            + $"key here, or OAuth "
            + "2\\. \\[general\\.login-refused\\]$", result.ToString());
        Assert.Single(result.Errors);
    }

    [Fact]
    public async Task A_refused_recipient_is_named_in_the_line_and_masked_in_the_exception()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@example.org").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        const string remedy = "Check the address for typing errors, and remove it from your list. [general.no-such-user]";

        var partly = await transporter.SendAsync(NewMail("ann@example.org, bob@example.org"), Cancellation);
        var refused = await transporter.SendAsync(NewMail("bob@example.org"), Cancellation);

        Assert.Equal(
            $"PartiallyAccepted: The server refused 1 of 2 recipients: bob@example.org (550 5.1.1 No such user) "
            + $"(localhost:{server.Port}). "
            + remedy, partly.ToString());
        Assert.Equal($"Refused 550 5.1.1 No such user: bob@example.org (localhost:{server.Port}). {remedy}", refused.ToString());
        Assert.Equal(
            $"Refused 550 5.1.1 No such user: ***@example.org (localhost:{server.Port}). {remedy}",
            Assert.Throws<SmtpTransporterException>(refused.EnsureSuccess).Message);
    }

    [Fact]
    public async Task An_exception_shows_addresses_if_the_options_allow_it()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { IncludePersonalDataInTelemetry = true });

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Equal(result.ToString(), Assert.Throws<SmtpTransporterException>(result.EnsureSuccess).Message);
        Assert.Contains("ann@example.org", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_outcome_says_first_that_the_message_may_have_been_delivered_and_never_to_try_again()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.EndOfData).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Equal(
            $"Unknown: The message may have been delivered: localhost:{server.Port}: The server closed the connection "
            + $"unexpectedly. Do not "
            + "send it a second time before you know: look for its Message-ID in the server's log or in a recipient's mailbox. If it is "
            + "in neither, send it with the same Message-ID. [own.unknown]",
            result.ToString());
        Assert.Equal("own.unknown", result.Explanation?.Code);
        Assert.All(result.Errors, e => Assert.Equal("own.unknown", e.Explanation?.Code));
    }

    [Fact]
    public async Task A_date_to_send_at_that_is_given_to_a_send_is_warned_about()
    {
        await using var server = SmtpTestServer.Start();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Host = "localhost" }, time);
        var email = NewMail();

        email.SendAt = time.GetUtcNow().AddMinutes(4);
        Assert.Empty((await transporter.SendAsync(email, Cancellation)).Warnings);
        email.SendAt = time.GetUtcNow().AddDays(1);
        var result = await transporter.SendAsync(email, Cancellation);

        AssertAccepted(result);
        var warning = Assert.Single(result.Warnings);
        Assert.Equal(
            "SendAt is 2026-05-02 12:00 UTC, which is only the Date field of the message: a send does not wait for it.", warning.Message);
        Assert.Equal((SmtpErrorCodes.SentAtOnce, "own.sends-at-once"), (warning.ErrCode, warning.Explanation?.Code));
    }
}
