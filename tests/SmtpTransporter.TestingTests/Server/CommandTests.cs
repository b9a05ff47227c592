using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

public sealed class CommandTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None })
{
    [Theory]
    [InlineData("MAIL FROM:<a@example.com>", "503 5.5.1 Send EHLO first")]
    [InlineData("RCPT TO:<a@example.com>", "503 5.5.1 Send MAIL first")]
    [InlineData("DATA", "503 5.5.1 Send MAIL first")]
    [InlineData("BDAT 0 LAST", "503 5.5.1 Send MAIL first")]
    [InlineData("STARTTLS", "503 5.5.1 STARTTLS is not offered")]
    [InlineData("AUTH PLAIN", "503 5.5.1 Send EHLO first")]
    public async Task Commands_before_EHLO_are_refused_as_out_of_order(string line, string reply)
    {
        using var client = await Server.ConnectRawAsync(greeting: true);

        Assert.Equal(reply, await client.AskAsync(line));
    }

    [Theory]
    [InlineData("RCPT TO:<a@example.com>", "503 5.5.1 Send MAIL first")]
    [InlineData("DATA", "503 5.5.1 Send MAIL first")]
    [InlineData("BDAT 0", "503 5.5.1 Send MAIL first")]
    [InlineData("AUTH PLAIN", "503 5.5.1 AUTH is not offered")]
    public async Task Commands_after_EHLO_can_still_be_out_of_order(string line, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await client.AskAsync(line));
    }

    [Fact]
    public async Task A_transaction_allows_no_second_MAIL_and_no_message_without_a_recipient()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.Equal("503 5.5.1 A transaction is open already", await client.AskAsync("MAIL FROM:<b@example.com>"));
        Assert.Equal("503 5.5.1 Send RCPT first", await client.AskAsync("DATA"));
        Assert.Equal("503 5.5.1 Send RCPT first", await client.AskAsync("BDAT 0 LAST"));
        Assert.StartsWith("501 ", await client.AskAsync("RCPT TO:<nobody>"), StringComparison.Ordinal);
        Assert.Equal("554 5.5.1 No valid recipients", await client.AskAsync("DATA"));
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [InlineData("RSET")]
    [InlineData("EHLO again")]
    [InlineData("HELO again")]
    public async Task RSET_EHLO_and_HELO_end_a_transaction(string line)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.StartsWith("250", await client.AskAsync(line), StringComparison.Ordinal);
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        await client.EnvelopeAsync("c@example.com", "d@example.com");
        await client.DataAsync("\r\n.\r\n");

        Assert.Equal(["d@example.com"], Assert.Single(Server.Messages).Recipients);
    }

    [Theory]
    [InlineData("NOOP", "250 2.0.0 Ok")]
    [InlineData("noop what ever", "250 2.0.0 Ok")]
    [InlineData("VRFY someone", "252 2.1.5 Cannot verify the user, but will accept the message")]
    [InlineData("VRFY", "501 5.5.4 VRFY needs a name")]
    [InlineData("RSET", "250 2.0.0 Ok")]
    [InlineData("RSET x", "501 5.5.4 RSET takes no argument")]
    [InlineData("QUIT x", "501 5.5.4 QUIT takes no argument")]
    [InlineData("EXPN list", "502 5.5.1 Command not implemented")]
    [InlineData("HELP", "502 5.5.1 Command not implemented")]
    [InlineData("XYZZY", "500 5.5.1 Command not recognized")]
    [InlineData("", "500 5.5.1 Command not recognized")]
    [InlineData(" NOOP", "500 5.5.1 Command not recognized")]
    public async Task Commands_get_a_reply_and_the_session_continues(string line, string reply)
    {
        using var client = await Server.ConnectRawAsync(greeting: true);

        Assert.Equal(reply, await client.AskAsync(line));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("DATA now", "501 5.5.4 DATA takes no argument")]
    [InlineData("NOOP", "250 2.0.0 Ok")]
    [InlineData("VRFY b", "252 2.1.5 Cannot verify the user, but will accept the message")]
    [InlineData("XYZZY", "500 5.5.1 Command not recognized")]
    public async Task A_transaction_survives_unrelated_commands(string line, string reply)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal(reply, await client.AskAsync(line));
        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.DataAsync("\r\n.\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QUIT_gets_221_closes_the_connection_and_is_recorded()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("QUIT\r\nNOOP\r\n");

        Assert.Equal("221 2.0.0 Bye\r\n", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.True(Server.Sessions[0].EndedWithQuit);
        Assert.Equal(["EHLO client.example.com", "QUIT"], Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_client_that_disconnects_without_QUIT_is_not_recorded_as_having_quit()
    {
        using (await Server.ConnectRawAsync(envelope: true))
        {
        }

        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);

        Assert.False(Server.Sessions[0].EndedWithQuit);
        Assert.False(Server.Sessions[0].IsOpen);
        Assert.Empty(Server.Messages);
    }

    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("MAIL FROM:<a@example.com>\r\nRCPT TO:<nobody>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");

        Assert.Equal("250 2.1.0 Ok", await client.ReadReplyAsync());
        Assert.StartsWith("501 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.1.5 Ok", await client.ReadReplyAsync());
        Assert.StartsWith("354 ", await client.ReadReplyAsync(), StringComparison.Ordinal);

        await client.SendAsync("one\r\n.\r\nMAIL FROM:<c@example.com>\r\nRCPT TO:<d@example.com>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n");
        var replies = (await client.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["250", "250", "250", "354", "250", "221"], replies.Select(r => r[..3]));
        Assert.Equal([["b@example.com"], ["d@example.com"]], Server.Messages.Select(m => m.Recipients));
        Assert.Equal(["one\r\n", "two\r\n"], Server.Messages.Select(m => System.Text.Encoding.ASCII.GetString(m.Raw.Span)));
    }

    [Fact]
    public async Task Concurrent_sessions_have_separate_transactions()
    {
        using var one = await Server.ConnectRawAsync(ehlo: true);
        using var two = await Server.ConnectRawAsync(ehlo: true);
        await one.AskAsync("MAIL FROM:<one@example.com>");
        await two.AskAsync("MAIL FROM:<two@example.com>");
        await two.AskAsync("RCPT TO:<b@example.com>");

        Assert.Equal("503 5.5.1 Send RCPT first", await one.AskAsync("DATA"));
        await two.DataAsync("\r\n.\r\n");

        var message = Assert.Single(Server.Messages);
        Assert.Equal("two@example.com", message.Sender);
        Assert.Equal(2, message.Session.Id);
        Assert.Equal([1, 2], Server.Sessions.Select(s => s.Id));
    }
}
