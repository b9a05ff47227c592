using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class CommandTests : IAsyncDisposable
{
    private readonly SmtpTestServer _server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("MAIL FROM:<a@example.com>", "503 5.5.1 Send EHLO first")]
    [InlineData("RCPT TO:<a@example.com>", "503 5.5.1 Send MAIL first")]
    [InlineData("DATA", "503 5.5.1 Send MAIL first")]
    [InlineData("BDAT 0 LAST", "503 5.5.1 Send MAIL first")]
    [InlineData("STARTTLS", "503 5.5.1 STARTTLS is not offered")]
    [InlineData("AUTH PLAIN", "503 5.5.1 Send EHLO first")]
    public async Task Before_the_greeting_a_command_is_out_of_order(string line, string reply)
    {
        using var client = await RawClient.ConnectAsync(_server);
        await client.ReadReplyAsync();

        Assert.Equal(reply, await client.AskAsync(line));
    }

    [Theory]
    [InlineData("RCPT TO:<a@example.com>", "503 5.5.1 Send MAIL first")]
    [InlineData("DATA", "503 5.5.1 Send MAIL first")]
    [InlineData("BDAT 0", "503 5.5.1 Send MAIL first")]
    [InlineData("AUTH PLAIN", "503 5.5.1 AUTH is not offered")]
    public async Task After_the_greeting_a_command_can_still_be_out_of_order(string line, string reply)
    {
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal(reply, await client.AskAsync(line));
    }

    [Fact]
    public async Task Within_a_transaction_there_is_no_second_MAIL_and_no_message_without_a_recipient()
    {
        using var client = await RawClient.GreetAsync(_server);
        await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.Equal("503 5.5.1 A transaction is open already", await client.AskAsync("MAIL FROM:<b@example.com>"));
        Assert.Equal("503 5.5.1 Send RCPT first", await client.AskAsync("DATA"));
        Assert.Equal("503 5.5.1 Send RCPT first", await client.AskAsync("BDAT 0 LAST"));
        Assert.StartsWith("501 ", await client.AskAsync("RCPT TO:<nobody>"), StringComparison.Ordinal);
        Assert.Equal("554 5.5.1 No valid recipients", await client.AskAsync("DATA"));
        Assert.Empty(_server.Messages);
    }

    [Theory]
    [InlineData("RSET")]
    [InlineData("EHLO again")]
    [InlineData("HELO again")]
    public async Task A_transaction_can_be_given_up(string line)
    {
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.StartsWith("250", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        await client.EnvelopeAsync("c@example.com", "d@example.com");
        await client.DataAsync("\r\n.\r\n");

        Assert.Equal(["d@example.com"], Assert.Single(_server.Messages).Recipients);
    }

    [Theory]
    [InlineData("NOOP", "250 2.0.0 Ok")]
    [InlineData("noop what ever", "250 2.0.0 Ok")]
    [InlineData("VRFY someone", "252 2.1.5 Send some mail, and it will be seen")]
    [InlineData("VRFY", "501 5.5.4 VRFY needs a name")]
    [InlineData("RSET", "250 2.0.0 Ok")]
    [InlineData("RSET x", "501 5.5.4 RSET takes no argument")]
    [InlineData("QUIT x", "501 5.5.4 QUIT takes no argument")]
    [InlineData("EXPN list", "502 5.5.1 Command not implemented")]
    [InlineData("HELP", "502 5.5.1 Command not implemented")]
    [InlineData("XYZZY", "500 5.5.1 Command not recognized")]
    [InlineData("", "500 5.5.1 Command not recognized")]
    [InlineData(" NOOP", "500 5.5.1 Command not recognized")]
    public async Task A_command_is_answered_and_the_session_goes_on(string line, string reply)
    {
        using var client = await RawClient.ConnectAsync(_server);
        await client.ReadReplyAsync();

        Assert.Equal(reply, await client.AskAsync(line));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("DATA now", "501 5.5.4 DATA takes no argument")]
    [InlineData("NOOP", "250 2.0.0 Ok")]
    [InlineData("VRFY b", "252 2.1.5 Send some mail, and it will be seen")]
    [InlineData("XYZZY", "500 5.5.1 Command not recognized")]
    public async Task A_transaction_outlives_what_has_nothing_to_do_with_it(string line, string reply)
    {
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal(reply, await client.AskAsync(line));
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.DataAsync("\r\n.\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QUIT_says_goodbye_closes_and_is_noted()
    {
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("QUIT\r\nNOOP\r\n");

        Assert.Equal("221 2.0.0 Bye\r\n", await client.ReadToEndAsync());
        await _server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.True(_server.Sessions[0].EndedWithQuit);
        Assert.Equal(["EHLO client.example.com", "QUIT"], _server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_client_that_just_goes_is_not_said_to_have_quit()
    {
        using (await RawClient.BeginMailAsync(_server))
        {
        }

        await _server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);

        Assert.False(_server.Sessions[0].EndedWithQuit);
        Assert.False(_server.Sessions[0].IsOpen);
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task Commands_that_come_together_are_answered_in_order()
    {
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("MAIL FROM:<a@example.com>\r\nRCPT TO:<nobody>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");

        Assert.Equal("250 2.1.0 Ok", await client.ReadReplyAsync());
        Assert.StartsWith("501 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.1.5 Ok", await client.ReadReplyAsync());
        Assert.StartsWith("354 ", await client.ReadReplyAsync(), StringComparison.Ordinal);

        await client.SendAsync("one\r\n.\r\nMAIL FROM:<c@example.com>\r\nRCPT TO:<d@example.com>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n");
        var replies = (await client.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["250", "250", "250", "354", "250", "221"], replies.Select(r => r[..3]));
        Assert.Equal([["b@example.com"], ["d@example.com"]], _server.Messages.Select(m => m.Recipients));
        Assert.Equal(["one\r\n", "two\r\n"], _server.Messages.Select(m => System.Text.Encoding.ASCII.GetString(m.Raw.Span)));
    }

    [Fact]
    public async Task Sessions_side_by_side_keep_their_transactions_apart()
    {
        using var one = await RawClient.GreetAsync(_server);
        using var two = await RawClient.GreetAsync(_server);
        await one.AskAsync("MAIL FROM:<one@example.com>");
        await two.AskAsync("MAIL FROM:<two@example.com>");
        await two.AskAsync("RCPT TO:<b@example.com>");

        Assert.Equal("503 5.5.1 Send RCPT first", await one.AskAsync("DATA"));
        await two.DataAsync("\r\n.\r\n");

        var message = Assert.Single(_server.Messages);
        Assert.Equal("two@example.com", message.Sender);
        Assert.Equal(2, message.Session.Id);
        Assert.Equal([1, 2], _server.Sessions.Select(s => s.Id));
    }
}
