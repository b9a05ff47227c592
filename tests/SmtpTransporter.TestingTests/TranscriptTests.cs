using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>What a session tells of itself, and what it keeps to itself.</summary>
public sealed class TranscriptTests : IAsyncDisposable
{
    private const string Password = "secret-Pa55";

    private readonly SmtpTestServer _server = SmtpTestServer.Start(new()
    {
        Tls = SmtpTestTlsMode.None,
        Users = new Dictionary<string, string> { ["me"] = Password },
        AccessToken = Password,
    });

    private SmtpTestSession Session => _server.Sessions[0];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void AssertNoSecret(params string[] secrets)
    {
        var told = string.Join('\n', [.. Session.Transcript, .. Session.Commands]);
        Assert.All([Password, Base64(Password), .. secrets], s => Assert.DoesNotContain(s, told, StringComparison.Ordinal));
        Assert.Contains("***", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transcript_has_every_line_of_both_sides()
    {
        await using var server = SmtpTestServer.Start(new()
        {
            Tls = SmtpTestTlsMode.None,
            SizeLimit = null,
            Pipelining = false,
            SmtpUtf8 = false,
            Dsn = false,
        });
        using var client = await RawClient.BeginMailAsync(server);
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
    public async Task A_response_that_comes_with_AUTH_is_masked(string auth, string told)
    {
        using var client = await RawClient.GreetAsync(_server);
        var response = Base64("\0me\0" + Password);
        await client.AskAsync($"{auth} {response}");

        AssertNoSecret(response);
        Assert.Equal(told, Session.Commands[^1]);
    }

    [Fact]
    public async Task Responses_are_masked_and_are_no_commands()
    {
        using var client = await RawClient.GreetAsync(_server);
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
        using var client = await RawClient.GreetAsync(_server);
        await client.AskAsync($"AUTH {mechanism} {Base64(response)}");

        AssertNoSecret(Base64(response), Base64(response)[8..^8]);
    }

    [Fact]
    public async Task A_client_that_goes_on_with_a_login_that_was_refused_is_masked_up_to_its_next_command()
    {
        _server.Script.On(SmtpStep.Auth).Reply(454, "4.7.0 Later");
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync($"AUTH LOGIN\r\n{Base64("me")}\r\n{Base64(Password)}\r\nNOOP\r\nXYZZY\r\n");
        for (var i = 0; i < 5; i++)
            await client.ReadReplyAsync();

        AssertNoSecret(Base64("me"));
        Assert.Equal(["EHLO client.example.com", "AUTH LOGIN", "***", "***", "NOOP", "XYZZY"], Session.Commands);
    }

    [Fact]
    public async Task A_client_that_logs_in_although_the_greeting_refused_it_is_masked()
    {
        _server.Script.On(SmtpStep.Connect).Reply(554, "No service");
        using var client = await RawClient.ConnectAsync(_server);
        await client.ReadReplyAsync();
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
    public async Task A_message_is_told_as_its_size_whether_it_was_taken_or_not(string command, string message)
    {
        using var client = await RawClient.BeginMailAsync(_server);
        await client.SendAsync(command + message);
        client.StopSending();
        await client.ReadToEndAsync();

        var told = string.Join('\n', Session.Transcript);
        Assert.DoesNotContain("Private", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Hush", told, StringComparison.Ordinal);
        Assert.Contains(" bytes of message>", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_line_is_cut()
    {
        _server.Script.On(SmtpStep.NoOp).Reply(250, new string('y', 3000));
        using var client = await RawClient.GreetAsync(_server);
        await client.AskAsync("NOOP ".PadRight(4000, 'x'));

        Assert.Equal("NOOP ".PadRight(2000, 'x') + "… <4000 characters>", Session.Commands[^1]);
        Assert.Equal("S: " + "250 ".PadRight(2000, 'y') + "… <3004 characters>", Session.Transcript[^1]);
    }

    [Fact]
    public async Task The_lists_are_snapshots()
    {
        using var client = await RawClient.GreetAsync(_server);
        var (transcript, commands, sessions, messages) = (Session.Transcript, Session.Commands, _server.Sessions, _server.Messages);
        await client.EnvelopeAsync();
        await client.DataAsync(".\r\n");
        using var other = await RawClient.GreetAsync(_server);

        Assert.Equal("C: EHLO client.example.com", transcript.Last(l => l.StartsWith('C')));
        Assert.Single(commands);
        Assert.Single(sessions);
        Assert.Empty(messages);
        Assert.Equal(2, _server.Sessions.Count);
        Assert.Single(_server.Messages);
    }
}
