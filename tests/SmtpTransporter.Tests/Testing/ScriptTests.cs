using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests.Testing;

/// <summary>The testing server as it is told to misbehave, and what it remembers.</summary>
public sealed class ScriptTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static SmtpTestServer Start() => SmtpTestServer.Start(new() { Tls = TestTls.None });

    private static Task<RawClient> ConnectAsync(SmtpTestServer server, bool greeted = true) => RawClient.ConnectAsync(server, Cancellation, greeted: greeted);

    private static async Task<string> SendAsync(RawClient client, string recipient = "b@y")
    {
        foreach (var line in (string[])["MAIL FROM:<a@x>", $"RCPT TO:<{recipient}>", "DATA"])
            _ = await client.SayAsync(line);
        return await client.SayAsync("Subject: x\r\n\r\ntext\r\n.");
    }

    [Theory]
    [InlineData(SmtpStep.NoOp, "NOOP")]
    [InlineData(SmtpStep.Rset, "RSET")]
    [InlineData(SmtpStep.Vrfy, "VRFY x")]
    [InlineData(SmtpStep.Ehlo, "EHLO x")]
    [InlineData(SmtpStep.Helo, "HELO x")]
    [InlineData(SmtpStep.MailFrom, "MAIL FROM:<a@x>")]
    [InlineData(SmtpStep.RcptTo, "RCPT TO:<a@x>")]
    [InlineData(SmtpStep.Data, "DATA")]
    [InlineData(SmtpStep.Auth, "AUTH PLAIN x")]
    [InlineData(SmtpStep.Quit, "QUIT")]
    public async Task A_rule_replies_at_its_step(SmtpStep step, string line)
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        var rule = server.Script.On(step).Reply(499, "as told");

        Assert.Equal("499 as told", await client.SayAsync(line));

        Assert.Equal(1, rule.Hits);
        await rule.Reached;
    }

    [Fact]
    public async Task A_rule_may_hold_for_some_commands_only()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        server.Script.On(SmtpStep.NoOp, "special").Reply(550, "special");
        server.Script.On(SmtpStep.NoOp).After(1).Times(2).Reply(551, "second and third");

        var replies = new List<string>();
        foreach (var line in (string[])["NOOP", "NOOP", "NOOP SPECIAL", "NOOP", "NOOP"])
            replies.Add((await client.SayAsync(line))[..3]);

        Assert.Equal(["250", "551", "550", "551", "250"], replies);
    }

    [Fact]
    public async Task Replies_may_have_lines_be_raw_or_end_the_connection()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        server.Script.On(SmtpStep.NoOp).Times(1).ReplyLines(250, "one", "two");
        server.Script.On(SmtpStep.NoOp).Times(1).ReplyRaw("garbage\r\n");
        server.Script.On(SmtpStep.NoOp).ReplyAndClose(421, "bye");

        Assert.Equal("250-one\n250 two", await client.SayAsync("NOOP"));
        Assert.Equal("garbage", await client.SayAsync("NOOP"));
        Assert.Equal("421 bye", await client.SayAsync("NOOP"));
        Assert.Equal("", await client.RestAsync());
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.False(server.Sessions[0].IsOpen);
        Assert.False(server.Sessions[0].EndedWithQuit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_may_end_without_a_reply(bool reset)
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        var rule = server.Script.On(SmtpStep.NoOp);
        _ = reset ? rule.Reset() : rule.Close();

        Assert.Equal("", await client.SayAsync("NOOP"));
    }

    [Fact]
    public async Task A_reply_drips()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        server.Script.On(SmtpStep.NoOp).Times(1).Drip(TimeSpan.FromMilliseconds(1));
        server.Script.On(SmtpStep.NoOp).Times(1).DripReply(TimeSpan.FromMilliseconds(1), 250, "slowly");

        Assert.StartsWith("250 ", await client.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.Equal("250 slowly", await client.SayAsync("NOOP"));
    }

    [Fact]
    public async Task A_rule_waits_for_a_gate_calls_back_or_only_watches()
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        var gate = new TaskCompletionSource();
        var waiting = server.Script.On(SmtpStep.NoOp).Times(1).WaitFor(gate.Task);
        SmtpTestSession? called = null;
        server.Script.On(SmtpStep.NoOp).Times(1).Do(session => called = session);
        var watching = server.Script.On(SmtpStep.NoOp);

        var first = client.SayAsync("NOOP");
        await waiting.Reached;
        Assert.False(first.IsCompleted);
        gate.SetResult();
        Assert.StartsWith("250", await first, StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.Same(server.Sessions[0], called);
        Assert.StartsWith("250", await client.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.Equal(1, watching.Hits);
    }

    [Fact]
    public async Task A_hang_ends_with_the_server()
    {
        var server = Start();
        await using var client = await ConnectAsync(server);
        var rule = server.Script.On(SmtpStep.NoOp).Hang();
        var waiting = client.SayAsync("NOOP");
        await rule.Reached;

        await server.DisposeAsync();

        Assert.Equal("", await waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_may_be_cut_in_the_middle(bool reset)
    {
        await using var server = Start();
        await using var client = await ConnectAsync(server);
        var rule = server.Script.On(SmtpStep.Body);
        _ = reset ? rule.ResetAfterBytes(3) : rule.CloseAfterBytes(3);

        Assert.Equal("", await SendAsync(client));

        Assert.Empty(server.Mails);
        Assert.Throws<InvalidOperationException>(() => server.Script.On(SmtpStep.NoOp).CloseAfterBytes(1));
    }

    [Fact]
    public async Task A_refused_message_is_not_kept_and_a_lost_answer_does_not_lose_the_message()
    {
        await using var server = Start();
        server.Script.On(SmtpStep.EndOfData).Times(1).Reply(554, "no");
        server.Script.On(SmtpStep.EndOfData).Times(1).Close();
        await using (var client = await ConnectAsync(server))
        {
            Assert.Equal("554 no", await SendAsync(client));
            Assert.Empty(server.Mails);
            Assert.Equal("", await SendAsync(client));
        }

        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task The_server_remembers_until_it_is_cleared()
    {
        await using var server = Start();
        var waiting = server.WaitForMailAsync(1, Cancellation);
        await using (var client = await ConnectAsync(server))
        {
            _ = await SendAsync(client, "one@y");
            Assert.False(waiting.IsCompleted);
            _ = await SendAsync(client, "two@y");
            Assert.Equal(["two@y"], (await waiting).To);
            _ = await client.SayAsync("QUIT");
        }

        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.True(server.Sessions[0].EndedWithQuit);
        Assert.Contains("C: MAIL FROM:<a@x>", server.Sessions[0].Transcript);
        Assert.DoesNotContain(server.Sessions[0].Transcript, l => l.Contains("text", StringComparison.Ordinal));
        Assert.NotEqual(server.Mails[0].QueueId, server.Mails[1].QueueId);
        server.Clear();
        Assert.Empty(server.Mails);
        Assert.Empty(server.Sessions);
    }

    [Fact]
    public async Task A_wait_ends_with_the_server_or_the_token()
    {
        var server = Start();
        using var cancel = new CancellationTokenSource();
        var first = server.WaitForMailAsync(0, cancel.Token);
        var second = server.WaitForSessionEndAsync(0, Cancellation);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await server.DisposeAsync();
        await server.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
    }

    [Fact]
    public async Task Implicit_tls_begins_at_once()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = TestTls.Implicit });
        await using var client = await RawClient.ConnectAsync(server, Cancellation, tls: true);

        Assert.StartsWith("250", await SendAsync(client), StringComparison.Ordinal);

        Assert.True(server.Mails[0].Secure);
        Assert.Equal("Subject: x\r\n\r\ntext\r\n", Encoding.ASCII.GetString(server.Mails[0].Raw.Span));
    }

    [Fact]
    public async Task An_idle_connection_is_closed_as_told()
    {
        await using var server = Start();
        server.Script.On(SmtpStep.Idle).ReplyAndClose(421, "too long");
        await using var client = await ConnectAsync(server);

        Assert.StartsWith("250", await SendAsync(client), StringComparison.Ordinal);
        Assert.Equal("421 too long\n", await client.RestAsync());
    }

    [Fact]
    public async Task The_options_for_a_transporter_fit_the_server()
    {
        await using var withUser = SmtpTestServer.Start(new() { Tls = TestTls.Implicit, Users = new Dictionary<string, string> { ["me"] = "secret" } });
        await using var withToken = SmtpTestServer.Start(new() { AccessToken = "t0ken" });
        await using var clear = Start();

        Assert.Equal(("me", "secret", true), (withUser.ToServerOptions().User, withUser.ToServerOptions().Password, withUser.ToServerOptions().ImplicitTls));
        Assert.Equal("t0ken", withToken.ToServerOptions().AccessTokenOAuth2);
        Assert.Equal((true, "localhost", clear.Port), (clear.ToServerOptions().AcceptUnsecureConnection, clear.ToServerOptions().Host, clear.ToServerOptions().Port));
        Assert.False(withUser.ToServerOptions().AcceptUnsecureConnection);
    }
}
