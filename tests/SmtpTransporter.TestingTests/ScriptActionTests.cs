using System.Net.Sockets;
using System.Security.Authentication;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>The actions of a rule other than replies.</summary>
public sealed class ScriptActionTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None })
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hang_never_replies_until_the_client_disconnects()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Cancellation);
        Assert.True(Server.Sessions[0].IsOpen);
        await client.SendAsync("QUIT\r\n");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Equal(["EHLO client.example.com", "NOOP"], Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task Hang_ends_when_the_server_is_disposed()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Cancellation);

        await Server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilClosedAsync());
        Assert.False(Server.Sessions[0].IsOpen);
    }

    [Fact]
    public async Task Replies_before_a_hang_are_sent()
    {
        Server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("VRFY b\r\nNOOP\r\n");

        Assert.StartsWith("252 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_resets_the_connection()
    {
        Server.Script.On(SmtpStep.NoOp).Reset();
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");

        var broken = await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);
        await Server.WaitForSessionEndAsync(0, Cancellation);
        Assert.False(Server.Sessions[0].IsOpen);
    }

    // The content types of RFC 5246: 21 is an alert, here close_notify, and 23 is data.
    [Theory]
    [InlineData(true, 21)]
    [InlineData(false, 23)]
    public async Task Close_sends_close_notify_under_TLS_and_a_truncated_reply_does_not(bool orderly, byte lastRecord)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit, TlsProtocols = SslProtocols.Tls12 });
        var rule = server.Script.On(SmtpStep.Connect);
        _ = orderly ? rule.ReplyAndClose(421, "Bye") : rule.ReplyRawAndClose("421 Bye\r\n");
        using var client = await server.ConnectRawAsync();
        await client.HandshakeAsync(server);

        Assert.Equal("421 Bye\r\n", await client.ReadToEndAsync());
        Assert.Equal(lastRecord, client.Tap!.Types[^1]);
    }

    [Fact]
    public async Task Drip_sends_the_normal_reply_byte_by_byte()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Drip(Never);
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");
        Assert.Equal('2', await client.ReadByteAsync());

        await Server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilClosedAsync());
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task A_dripped_reply_arrives_complete_and_takes_effect()
    {
        Server.Script.On(SmtpStep.MailFrom).Drip(TimeSpan.Zero);
        Server.Script.On(SmtpStep.EndOfData).Drip(TimeSpan.Zero);
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
        await client.AskAsync("RCPT TO:<b@example.com>");
        var reply = await client.DataAsync(".\r\n");

        Assert.Equal($"250 2.0.0 Ok: queued as {Assert.Single(Server.Messages).QueueId}", reply);
        Assert.Equal("S: " + reply, Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task DripReply_sends_another_reply_byte_by_byte()
    {
        Server.Script.On(SmtpStep.MailFrom).DripReply(TimeSpan.Zero, 451, "4.3.0 Later");
        Server.Script.On(SmtpStep.NoOp).DripReply(Never, 399, "Never");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        await client.SendAsync("NOOP\r\n");
        Assert.Equal('3', await client.ReadByteAsync());
        await Server.DisposeAsync();
        Assert.Equal("", await client.ReadUntilClosedAsync());
    }

    [Fact]
    public async Task WaitFor_delays_the_reply_until_the_gate_opens()
    {
        var gate = new TaskCompletionSource();
        var rule = Server.Script.On(SmtpStep.NoOp).WaitFor(gate.Task);
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("VRFY b\r\nNOOP\r\n");
        Assert.StartsWith("252 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await rule.Reached.WaitAsync(Cancellation);
        Assert.Equal(0, client.Available);

        gate.SetResult();

        Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task WaitFor_continues_even_if_the_gate_fails_or_is_canceled()
    {
        Server.Script.On(SmtpStep.NoOp).WaitFor(Task.FromException(new InvalidOperationException()));
        Server.Script.On(SmtpStep.Vrfy).WaitFor(Task.FromCanceled(new CancellationToken(canceled: true)));
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.StartsWith("252 ", await client.AskAsync("VRFY b"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_that_never_opens_does_not_outlive_the_server()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).WaitFor(new TaskCompletionSource().Task);
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Cancellation);

        await Server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilClosedAsync());
    }

    [Fact]
    public async Task Do_invokes_the_callback_with_the_session_before_the_reply()
    {
        IReadOnlyList<string> said = [];
        Server.Script.On(SmtpStep.MailFrom).Do(s => said = s.Transcript);
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("C: MAIL FROM:<a@example.com>", said[^1]);
    }

    [Fact]
    public async Task An_exception_of_the_callback_ends_the_session_and_is_in_its_transcript()
    {
        Server.Script.On(SmtpStep.NoOp).Do(_ => throw new InvalidOperationException("Oh dear"));
        Server.Script.On(SmtpStep.Vrfy).Do(_ => throw new IOException("Oh no"));
        using var one = await Server.ConnectRawAsync(ehlo: true);
        using var two = await Server.ConnectRawAsync(ehlo: true);
        await one.SendAsync("NOOP\r\n");
        await two.SendAsync("VRFY b\r\n");

        Assert.Equal("", await one.ReadUntilClosedAsync());
        Assert.Equal("", await two.ReadUntilClosedAsync());
        Assert.Equal("S: <closed: InvalidOperationException: Oh dear>", Server.Sessions[0].Transcript[^1]);
        Assert.Equal("S: <closed: IOException: Oh no>", Server.Sessions[1].Transcript[^1]);
    }

    [Fact]
    public async Task A_callback_may_add_rules()
    {
        Server.Script.On(SmtpStep.NoOp).Do(_ => Server.Script.On(SmtpStep.Vrfy).Reply(299, "Added"));
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.StartsWith("252 ", await client.AskAsync("VRFY b"), StringComparison.Ordinal);
        await client.AskAsync("NOOP");
        Assert.Equal("299 Added", await client.AskAsync("VRFY b"));
    }
}
