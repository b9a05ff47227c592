using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Rules that are played while the message arrives, and right after it.</summary>
public sealed class ScriptBodyTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None })
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<RawClient> SendMessageAsync(string message = "0123456789\r\n.\r\n")
    {
        var client = await Server.ConnectRawAsync(envelope: true);
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
        var rule = Server.Script.On(SmtpStep.Body).CloseAfterBytes(bytes);
        using var client = await SendMessageAsync();

        Assert.Equal("", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Empty(Server.Messages);
        Assert.Equal(1, rule.Hits);
        Assert.Equal($"C: <{bytes} bytes of message, then closed by the server>", Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task A_rule_after_a_number_of_bytes_ignores_a_shorter_message()
    {
        var rule = Server.Script.On(SmtpStep.Body).CloseAfterBytes(16);
        using var client = await SendMessageAsync();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rule.Hits);
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task Bytes_are_counted_over_all_chunks()
    {
        Server.Script.On(SmtpStep.Body).CloseAfterBytes(5);
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 3\r\nabc");
        Assert.Equal("250 2.0.0 3 octets received", await client.ReadReplyAsync());
        await client.SendAsync("BDAT 3 LAST\r\nd\r\n");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("C: <5 bytes of message, then closed by the server>", Server.Sessions[0].Transcript[^1]);
        Assert.Empty(Server.Messages);
    }

    [Fact]
    public async Task ResetAfterBytes_resets_the_connection()
    {
        Server.Script.On(SmtpStep.Body).ResetAfterBytes(4);
        using var client = await SendMessageAsync();

        await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);
        await Server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Empty(Server.Messages);
        Assert.Equal("C: <4 bytes of message, then closed by the server>", Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task HangAfterBytes_stops_reading_until_the_server_is_disposed()
    {
        var rule = Server.Script.On(SmtpStep.Body).HangAfterBytes(4);
        using var client = await SendMessageAsync();
        await rule.Reached.WaitAsync(Cancellation);
        client.StopSending();
        Assert.True(Server.Sessions[0].IsOpen);

        await Server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilClosedAsync());
        Assert.Empty(Server.Messages);
        Assert.False(Server.Sessions[0].IsOpen);
    }

    [Fact]
    public async Task Hang_stops_reading_after_the_first_byte()
    {
        var rule = Server.Script.On(SmtpStep.Body).Hang();
        using var client = await SendMessageAsync("");
        Assert.False(rule.Reached.IsCompleted);
        await client.SendAsync("0");

        await rule.Reached.WaitAsync(Cancellation);
        await Server.DisposeAsync();
        Assert.Equal("", await client.ReadUntilClosedAsync());
    }

    [Fact]
    public async Task A_reply_can_be_sent_before_the_message_is_complete()
    {
        Server.Script.On(SmtpStep.Body).Reply(451, "4.3.0 Enough");
        using var client = await SendMessageAsync("0");

        Assert.Equal("451 4.3.0 Enough", await client.ReadReplyAsync());
        await client.SendAsync("1\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("01\r\n"u8.ToArray(), Assert.Single(Server.Messages).Raw.ToArray());
    }

    [Fact]
    public async Task The_server_can_send_a_reply_and_close_in_the_middle_of_the_message()
    {
        Server.Script.On(SmtpStep.Body).ReplyAndClose(421, "4.3.2 Shutting down");
        using var client = await SendMessageAsync();

        Assert.Equal("421 4.3.2 Shutting down\r\n", await client.ReadToEndAsync());
        Assert.Equal(
            ["C: <1 bytes of message, then closed by the server>", "S: 421 4.3.2 Shutting down"],
            Server.Sessions[0].Transcript.TakeLast(2));
    }

    [Fact]
    public async Task A_gate_can_delay_the_message()
    {
        var gate = new TaskCompletionSource();
        var rule = Server.Script.On(SmtpStep.Body).WaitFor(gate.Task);
        using var client = await SendMessageAsync();
        await rule.Reached.WaitAsync(Cancellation);
        Assert.Empty(Server.Messages);
        Assert.Equal(0, client.Available);

        gate.SetResult();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task A_rule_for_the_message_is_played_once_for_each_message()
    {
        var calls = 0;
        var rule = Server.Script.On(SmtpStep.Body).Do(_ => calls++);
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
    public async Task A_rule_for_the_message_can_match_one_recipient()
    {
        var rule = Server.Script.On(SmtpStep.Body, "RCPT TO:<c@").CloseAfterBytes(1);
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rule.Hits);

        await client.EnvelopeAsync(to: "c@example.com");
        Assert.Equal("", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task The_server_can_close_an_idle_connection_with_a_reply()
    {
        Server.Script.On(SmtpStep.Idle).ReplyAndClose(421, "4.4.2 Idle for too long");
        using var client = await SendMessageAsync();

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("421 4.4.2 Idle for too long\r\n", await client.ReadToEndAsync());
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task The_server_can_close_an_idle_connection_without_a_reply()
    {
        Server.Script.On(SmtpStep.Idle, "b@example.com").Close();
        using var client = await Server.ConnectRawAsync(envelope: true);
        Assert.StartsWith("250 ", await client.AskAsync("BDAT 0 LAST"), StringComparison.Ordinal);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task The_server_can_reset_an_idle_connection()
    {
        Server.Script.On(SmtpStep.Idle).Reset();
        using var client = await SendMessageAsync();

        await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task The_server_can_hang_on_an_idle_connection()
    {
        var rule = Server.Script.On(SmtpStep.Idle).Hang();
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await rule.Reached.WaitAsync(Cancellation);
        await client.SendAsync("NOOP\r\n");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.DoesNotContain("NOOP", Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_gate_after_the_message_delays_the_next_command_only()
    {
        var gate = new TaskCompletionSource();
        Server.Script.On(SmtpStep.Idle).WaitFor(gate.Task);
        using var client = await SendMessageAsync();
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("NOOP\r\n");
        Assert.DoesNotContain("NOOP", Server.Sessions[0].Commands);

        gate.SetResult();

        Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task A_refused_message_plays_no_rule_for_Idle()
    {
        var rule = Server.Script.On(SmtpStep.Idle).Close();
        Server.Script.On(SmtpStep.EndOfData).Reply(550, "5.7.1 Spam");
        using var client = await SendMessageAsync();

        Assert.Equal("550 5.7.1 Spam", await client.ReadReplyAsync());
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Equal(0, rule.Hits);
    }
}
