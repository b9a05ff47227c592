using System.Net.Sockets;
using System.Security.Authentication;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>What a rule can do but reply.</summary>
public sealed class ScriptActionTests : IAsyncDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    private readonly SmtpTestServer _server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Hang_never_answers_until_the_client_goes()
    {
        var rule = _server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Ct);
        Assert.True(_server.Sessions[0].IsOpen);
        await client.SendAsync("QUIT\r\n");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        await _server.WaitForSessionEndAsync(0, Ct);
        Assert.Equal(["EHLO client.example.com", "NOOP"], _server.Sessions[0].Commands);
    }

    [Fact]
    public async Task Hang_ends_when_the_server_is_disposed()
    {
        var rule = _server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Ct);

        await _server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilGoneAsync());
        Assert.False(_server.Sessions[0].IsOpen);
    }

    [Fact]
    public async Task What_was_answered_before_a_hang_has_been_sent()
    {
        _server.Script.On(SmtpStep.NoOp).Hang();
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("VRFY b\r\nNOOP\r\n");

        Assert.StartsWith("252 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_breaks_the_connection()
    {
        _server.Script.On(SmtpStep.NoOp).Reset();
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("NOOP\r\n");

        var broken = await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);
        await _server.WaitForSessionEndAsync(0, Ct);
        Assert.False(_server.Sessions[0].IsOpen);
    }

    // The content types of RFC 5246: 21 is an alert, here close_notify, and 23 is data.
    [Theory]
    [InlineData(true, 21)]
    [InlineData(false, 23)]
    public async Task Under_TLS_an_orderly_close_says_so_and_a_reply_that_is_cut_off_does_not(bool orderly, byte lastRecord)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit, TlsProtocols = SslProtocols.Tls12 });
        var rule = server.Script.On(SmtpStep.Connect);
        _ = orderly ? rule.ReplyAndClose(421, "Bye") : rule.ReplyRawAndClose("421 Bye\r\n");
        using var client = await RawClient.ConnectAsync(server);
        await client.HandshakeAsync(server);

        Assert.Equal("421 Bye\r\n", await client.ReadToEndAsync());
        Assert.Equal(lastRecord, client.Tap!.Types[^1]);
    }

    [Fact]
    public async Task Drip_sends_the_normal_reply_byte_by_byte()
    {
        var rule = _server.Script.On(SmtpStep.NoOp).Drip(Never);
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("NOOP\r\n");
        Assert.Equal('2', await client.ReadByteAsync());

        await _server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilGoneAsync());
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task A_reply_that_drips_is_whole_in_the_end_and_counts()
    {
        _server.Script.On(SmtpStep.MailFrom).Drip(TimeSpan.Zero);
        _server.Script.On(SmtpStep.EndOfData).Drip(TimeSpan.Zero);
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
        await client.AskAsync("RCPT TO:<b@example.com>");
        var reply = await client.DataAsync(".\r\n");

        Assert.Equal($"250 2.0.0 Ok: queued as {Assert.Single(_server.Messages).QueueId}", reply);
        Assert.Equal("S: " + reply, _server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task DripReply_sends_another_reply_byte_by_byte()
    {
        _server.Script.On(SmtpStep.MailFrom).DripReply(TimeSpan.Zero, 451, "4.3.0 Later");
        _server.Script.On(SmtpStep.NoOp).DripReply(Never, 399, "Never");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        await client.SendAsync("NOOP\r\n");
        Assert.Equal('3', await client.ReadByteAsync());
        await _server.DisposeAsync();
        Assert.Equal("", await client.ReadUntilGoneAsync());
    }

    [Fact]
    public async Task WaitFor_holds_the_reply_back_until_the_gate_opens()
    {
        var gate = new TaskCompletionSource();
        var rule = _server.Script.On(SmtpStep.NoOp).WaitFor(gate.Task);
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("VRFY b\r\nNOOP\r\n");
        Assert.StartsWith("252 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await rule.Reached.WaitAsync(Ct);
        Assert.Equal(0, client.Available);

        gate.SetResult();

        Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task WaitFor_goes_on_whatever_becomes_of_the_gate()
    {
        _server.Script.On(SmtpStep.NoOp).WaitFor(Task.FromException(new InvalidOperationException()));
        _server.Script.On(SmtpStep.Vrfy).WaitFor(Task.FromCanceled(new CancellationToken(canceled: true)));
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.StartsWith("252 ", await client.AskAsync("VRFY b"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_that_never_opens_does_not_outlive_the_server()
    {
        var rule = _server.Script.On(SmtpStep.NoOp).WaitFor(new TaskCompletionSource().Task);
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("NOOP\r\n");
        await rule.Reached.WaitAsync(Ct);

        await _server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilGoneAsync());
    }

    [Fact]
    public async Task Do_calls_back_with_the_session_before_the_reply()
    {
        IReadOnlyList<string> said = [];
        _server.Script.On(SmtpStep.MailFrom).Do(s => said = s.Transcript);
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
        Assert.Equal("C: MAIL FROM:<a@example.com>", said[^1]);
    }

    [Fact]
    public async Task An_exception_of_the_callback_ends_the_session_and_can_be_read_there()
    {
        _server.Script.On(SmtpStep.NoOp).Do(_ => throw new InvalidOperationException("Oh dear"));
        _server.Script.On(SmtpStep.Vrfy).Do(_ => throw new IOException("Oh no"));
        using var one = await RawClient.GreetAsync(_server);
        using var two = await RawClient.GreetAsync(_server);
        await one.SendAsync("NOOP\r\n");
        await two.SendAsync("VRFY b\r\n");

        Assert.Equal("", await one.ReadUntilGoneAsync());
        Assert.Equal("", await two.ReadUntilGoneAsync());
        Assert.Equal("S: <closed: InvalidOperationException: Oh dear>", _server.Sessions[0].Transcript[^1]);
        Assert.Equal("S: <closed: IOException: Oh no>", _server.Sessions[1].Transcript[^1]);
    }

    [Fact]
    public async Task A_callback_may_add_rules()
    {
        _server.Script.On(SmtpStep.NoOp).Do(_ => _server.Script.On(SmtpStep.Vrfy).Reply(299, "Added"));
        using var client = await RawClient.GreetAsync(_server);

        Assert.StartsWith("252 ", await client.AskAsync("VRFY b"), StringComparison.Ordinal);
        await client.AskAsync("NOOP");
        Assert.Equal("299 Added", await client.AskAsync("VRFY b"));
    }
}
