using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Rules that step in while the message arrives, and right after it.</summary>
public sealed class ScriptBodyTests : IAsyncDisposable
{
    private readonly SmtpTestServer _server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<RawClient> SendMessageAsync(string message = "0123456789\r\n.\r\n")
    {
        var client = await RawClient.BeginMailAsync(_server);
        await client.AskAsync("DATA");
        await client.SendAsync(message);
        return client;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(14)]
    public async Task CloseAfterBytes_closes_in_the_middle_of_the_message(int bytes)
    {
        var rule = _server.Script.On(SmtpStep.Body).CloseAfterBytes(bytes);
        using var client = await SendMessageAsync();

        Assert.Equal("", await client.ReadToEndAsync());
        await _server.WaitForSessionEndAsync(0, Ct);
        Assert.Empty(_server.Messages);
        Assert.Equal(1, rule.Hits);
        Assert.Equal($"C: <{bytes} bytes of message, then closed by the server>", _server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task What_comes_after_so_many_bytes_does_not_come_in_a_shorter_message()
    {
        var rule = _server.Script.On(SmtpStep.Body).CloseAfterBytes(16);
        using var client = await SendMessageAsync();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rule.Hits);
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task The_bytes_are_counted_over_all_chunks()
    {
        _server.Script.On(SmtpStep.Body).CloseAfterBytes(5);
        using var client = await RawClient.BeginMailAsync(_server);
        await client.SendAsync("BDAT 3\r\nabc");
        Assert.Equal("250 2.0.0 3 octets received", await client.ReadReplyAsync());
        await client.SendAsync("BDAT 3 LAST\r\nd\r\n");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("C: <5 bytes of message, then closed by the server>", _server.Sessions[0].Transcript[^1]);
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task ResetAfterBytes_breaks_the_connection()
    {
        _server.Script.On(SmtpStep.Body).ResetAfterBytes(4);
        using var client = await SendMessageAsync();

        await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);
        await _server.WaitForSessionEndAsync(0, Ct);
        Assert.Empty(_server.Messages);
        Assert.Equal("C: <4 bytes of message, then closed by the server>", _server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task HangAfterBytes_reads_no_more_until_the_server_is_disposed()
    {
        var rule = _server.Script.On(SmtpStep.Body).HangAfterBytes(4);
        using var client = await SendMessageAsync();
        await rule.Reached.WaitAsync(Ct);
        client.StopSending();
        Assert.True(_server.Sessions[0].IsOpen);

        await _server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilGoneAsync());
        Assert.Empty(_server.Messages);
        Assert.False(_server.Sessions[0].IsOpen);
    }

    [Fact]
    public async Task A_plain_Hang_steps_in_after_the_first_byte()
    {
        var rule = _server.Script.On(SmtpStep.Body).Hang();
        using var client = await SendMessageAsync("");
        Assert.False(rule.Reached.IsCompleted);
        await client.SendAsync("0");

        await rule.Reached.WaitAsync(Ct);
        await _server.DisposeAsync();
        Assert.Equal("", await client.ReadUntilGoneAsync());
    }

    [Fact]
    public async Task A_reply_can_come_before_the_message_is_whole()
    {
        _server.Script.On(SmtpStep.Body).Reply(451, "4.3.0 Enough");
        using var client = await SendMessageAsync("0");

        Assert.Equal("451 4.3.0 Enough", await client.ReadReplyAsync());
        await client.SendAsync("1\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("01\r\n"u8.ToArray(), Assert.Single(_server.Messages).Raw.ToArray());
    }

    [Fact]
    public async Task The_server_can_say_why_it_closes_in_the_middle()
    {
        _server.Script.On(SmtpStep.Body).ReplyAndClose(421, "4.3.2 Shutting down");
        using var client = await SendMessageAsync();

        Assert.Equal("421 4.3.2 Shutting down\r\n", await client.ReadToEndAsync());
        Assert.Equal(
            ["C: <1 bytes of message, then closed by the server>", "S: 421 4.3.2 Shutting down"],
            _server.Sessions[0].Transcript.TakeLast(2));
    }

    [Fact]
    public async Task A_gate_can_hold_the_message_up()
    {
        var gate = new TaskCompletionSource();
        var rule = _server.Script.On(SmtpStep.Body).WaitFor(gate.Task);
        using var client = await SendMessageAsync();
        await rule.Reached.WaitAsync(Ct);
        Assert.Empty(_server.Messages);
        Assert.Equal(0, client.Available);

        gate.SetResult();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task A_rule_for_the_message_steps_in_once_a_message()
    {
        var calls = 0;
        var rule = _server.Script.On(SmtpStep.Body).Do(_ => calls++);
        using var client = await SendMessageAsync();
        await client.ReadReplyAsync();
        await client.EnvelopeAsync();
        await client.SendAsync("BDAT 1\r\na");
        await client.ReadReplyAsync();
        await client.SendAsync("BDAT 1 LAST\r\nb");
        await client.ReadReplyAsync();

        Assert.Equal(2, calls);
        Assert.Equal(2, rule.Hits);
    }

    [Fact]
    public async Task A_rule_for_the_message_can_be_for_one_recipient()
    {
        var rule = _server.Script.On(SmtpStep.Body, "RCPT TO:<c@").CloseAfterBytes(1);
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rule.Hits);

        await client.EnvelopeAsync(to: "c@example.com");
        Assert.Equal("", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task After_the_message_the_server_can_close_an_idle_connection_with_a_word()
    {
        _server.Script.On(SmtpStep.Idle).ReplyAndClose(421, "4.4.2 Idle for too long");
        using var client = await SendMessageAsync();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("421 4.4.2 Idle for too long\r\n", await client.ReadToEndAsync());
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task After_the_message_the_server_can_close_without_a_word()
    {
        _server.Script.On(SmtpStep.Idle, "b@example.com").Close();
        using var client = await RawClient.BeginMailAsync(_server);
        Assert.StartsWith("250 ", await client.AskAsync("BDAT 0 LAST"), StringComparison.Ordinal);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task After_the_message_the_server_can_break_the_connection()
    {
        _server.Script.On(SmtpStep.Idle).Reset();
        using var client = await SendMessageAsync();

        await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task After_the_message_the_server_can_fall_silent()
    {
        var rule = _server.Script.On(SmtpStep.Idle).Hang();
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await rule.Reached.WaitAsync(Ct);
        await client.SendAsync("NOOP\r\n");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.DoesNotContain("NOOP", _server.Sessions[0].Commands);
    }

    [Fact]
    public async Task After_the_message_a_gate_holds_up_the_next_command_only()
    {
        var gate = new TaskCompletionSource();
        _server.Script.On(SmtpStep.Idle).WaitFor(gate.Task);
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("NOOP\r\n");
        Assert.DoesNotContain("NOOP", _server.Sessions[0].Commands);

        gate.SetResult();

        Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task A_message_that_was_refused_is_not_followed_by_idleness()
    {
        var rule = _server.Script.On(SmtpStep.Idle).Close();
        _server.Script.On(SmtpStep.EndOfData).Reply(550, "5.7.1 Spam");
        using var client = await SendMessageAsync();

        Assert.Equal("550 5.7.1 Spam", await client.ReadReplyAsync());
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Equal(0, rule.Hits);
    }
}
