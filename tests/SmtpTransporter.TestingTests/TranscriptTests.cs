using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>The transcript of a session, without secrets.</summary>
public sealed class TranscriptTests() : ServerTest(new()
{
    Tls = SmtpTestTlsMode.None,
    Users = new Dictionary<string, string> { ["me"] = Password },
    AccessToken = Password,
})
{
    private const string Password = "secret-Pa55";

    private SmtpTestSession Session => Server.Sessions[0];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void AssertNoSecret(params string[] secrets)
    {
        var recorded = string.Join('\n', [.. Session.Transcript, .. Session.Commands]);
        Assert.All([Password, Base64(Password), .. secrets], s => Assert.DoesNotContain(s, recorded, StringComparison.Ordinal));
        Assert.Contains("***", recorded, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transcript_has_every_line_of_client_and_server()
    {
        await using var server = SmtpTestServer.Start(new()
        {
            Tls = SmtpTestTlsMode.None,
            SizeLimit = null,
            Pipelining = false,
            SmtpUtf8 = false,
            Dsn = false,
        });
        using var client = await server.ConnectRawAsync(envelope: true);
        await client.DataAsync("Subject: x\r\n\r\ny\r\n.\r\n");
        await client.EnvelopeAsync();
        await client.SendAsync("BDAT 3 LAST\r\nz\r\nQUIT\r\n");
        await client.ReadToEndAsync();

        Assert.Equal(
            [
                "S: 220 localhost ESMTP ready",
                "C: EHLO client.example.com",
                "S: 250-localhost",
                "S: 250-8BITMIME",
                "S: 250-CHUNKING",
                "S: 250 ENHANCEDSTATUSCODES",
                "C: MAIL FROM:<a@example.com>",
                "S: 250 2.1.0 Ok",
                "C: RCPT TO:<b@example.com>",
                "S: 250 2.1.5 Ok",
                "C: DATA",
                "S: 354 End data with <CR><LF>.<CR><LF>",
                "C: <17 bytes of message>",
                "S: 250 2.0.0 Ok: queued as " + server.Messages[0].QueueId,
                "C: MAIL FROM:<a@example.com>",
                "S: 250 2.1.0 Ok",
                "C: RCPT TO:<b@example.com>",
                "S: 250 2.1.5 Ok",
                "C: BDAT 3 LAST",
                "C: <3 bytes of message>",
                "S: 250 2.0.0 Ok: queued as " + server.Messages[1].QueueId,
                "C: QUIT",
                "S: 221 2.0.0 Bye",
            ],
            server.Sessions[0].Transcript);
        Assert.Equal(
            [
                "EHLO client.example.com", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA",
                "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "BDAT 3 LAST", "QUIT",
            ],
            server.Sessions[0].Commands);
    }

    [Theory]
    [InlineData("AUTH PLAIN", "AUTH PLAIN ***")]
    [InlineData("auth Plain", "auth Plain ***")]
    [InlineData("AUTH  PLAIN", "AUTH PLAIN ***")]
    [InlineData(" AUTH PLAIN", "AUTH PLAIN ***")]
    [InlineData("AUTH XYZZY", "AUTH XYZZY ***")]
    public async Task An_initial_response_of_AUTH_is_masked(string auth, string recorded)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        var response = Base64("\0me\0" + Password);
        await client.AskAsync($"{auth} {response}");

        AssertNoSecret(response);
        Assert.Equal(recorded, Session.Commands[^1]);
    }

    [Fact]
    public async Task Responses_are_masked_and_are_not_commands()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("AUTH LOGIN");
        await client.AskAsync(Base64("me"));
        await client.AskAsync(Base64(Password));

        AssertNoSecret(Base64("me"));
        Assert.Equal(["EHLO client.example.com", "AUTH LOGIN"], Session.Commands);
        Assert.Equal(
            ["C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: ***", "S: 334 UGFzc3dvcmQ6", "C: ***", "S: 235 2.7.0 Authentication successful"],
            Session.Transcript.TakeLast(6));
    }

    [Theory]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer secret-Pa55\u0001\u0001")]
    [InlineData("XOAUTH2", "user=me\u0001auth=Bearer secret-Pa55-wrong\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=me,\u0001auth=Bearer secret-Pa55\u0001\u0001")]
    public async Task A_token_is_masked(string mechanism, string response)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync($"AUTH {mechanism} {Base64(response)}");

        AssertNoSecret(Base64(response), Base64(response)[8..^8]);
    }

    [Fact]
    public async Task Lines_after_a_refused_AUTH_are_masked_up_to_the_next_command()
    {
        Server.Script.On(SmtpStep.Auth).Reply(454, "4.7.0 Later");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync($"AUTH LOGIN\r\n{Base64("me")}\r\n{Base64(Password)}\r\nNOOP\r\nXYZZY\r\n");
        for (var i = 0; i < 5; i++)
            await client.ReadReplyAsync();

        AssertNoSecret(Base64("me"));
        Assert.Equal(["EHLO client.example.com", "AUTH LOGIN", "***", "***", "NOOP", "XYZZY"], Session.Commands);
    }

    [Fact]
    public async Task An_AUTH_after_a_refusing_greeting_is_masked()
    {
        Server.Script.On(SmtpStep.Connect).Reply(554, "No service");
        using var client = await Server.ConnectRawAsync(greeting: true);
        await client.SendAsync($"AUTH LOGIN\r\n{Base64(Password)}\r\n");
        await client.ReadReplyAsync();
        await client.ReadReplyAsync();

        AssertNoSecret();
    }

    [Theory]
    [InlineData("DATA\r\n", "Subject: Private\r\n\r\nHush\r\n.\r\n")]
    [InlineData("DATA\r\n", "Private\nHush\r\n.\r\n")]
    [InlineData("BDAT 13\r\n", "Private\r\nHush")]
    [InlineData("BDAT 13 LAST\r\n", "Private\r\nHush")]
    public async Task A_message_is_recorded_as_its_size_even_if_it_is_refused(string command, string message)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync(command + message);
        client.StopSending();
        await client.ReadToEndAsync();

        var recorded = string.Join('\n', Session.Transcript);
        Assert.DoesNotContain("Private", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("Hush", recorded, StringComparison.Ordinal);
        Assert.Contains(" bytes of message>", recorded, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_line_is_truncated()
    {
        Server.Script.On(SmtpStep.NoOp).Reply(250, new string('y', 3000));
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("NOOP ".PadRight(4000, 'x'));

        Assert.Equal("NOOP ".PadRight(2000, 'x') + "… <4000 characters>", Session.Commands[^1]);
        Assert.Equal("S: " + "250 ".PadRight(2000, 'y') + "… <3004 characters>", Session.Transcript[^1]);
    }

    [Fact]
    public async Task The_lists_are_snapshots()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        var (transcript, commands, sessions, messages) = (Session.Transcript, Session.Commands, Server.Sessions, Server.Messages);
        await client.EnvelopeAsync();
        await client.DataAsync(".\r\n");
        using var other = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("C: EHLO client.example.com", transcript.Last(l => l.StartsWith('C')));
        Assert.Single(commands);
        Assert.Single(sessions);
        Assert.Empty(messages);
        Assert.Equal(2, Server.Sessions.Count);
        Assert.Single(Server.Messages);
    }
}
