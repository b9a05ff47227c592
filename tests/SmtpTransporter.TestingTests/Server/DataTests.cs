using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>A message by DATA: its dots, its line ends, its size.</summary>
public sealed class DataTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None, SizeLimit = 100 })
{
    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData("..a\r\n.b\r\nc.\r\n...\r\n.\r\n", ".a\r\nb\r\nc.\r\n..\r\n")]
    [InlineData("a\r\n\r\n..\r\n\r\n.\r\n", "a\r\n\r\n.\r\n\r\n")]
    public async Task Stuffed_dots_are_removed(string sent, string raw)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.DataAsync(sent), StringComparison.Ordinal);
        Assert.Equal(raw, Encoding.ASCII.GetString(Assert.Single(Server.Messages).Raw.Span));
    }

    [Fact]
    public async Task A_message_can_arrive_byte_by_byte()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.AskAsync("DATA");
        foreach (var next in Encoding.ASCII.GetBytes("a\r\n..b\r\n.c\r\n.\r\n"))
            await client.SendAsync([next]);

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("a\r\n.b\r\nc\r\n", Encoding.ASCII.GetString(Assert.Single(Server.Messages).Raw.Span));
    }

    [Fact]
    public async Task Every_byte_but_a_line_end_arrives_unchanged()
    {
        await using var server = SmtpTestServer.Start(new() { SizeLimit = null });
        using var client = await server.ConnectRawAsync(envelope: true);
        byte[] message = [.. Enumerable.Range(0, 256).Select(i => (byte)i).Where(b => b is not ((byte)'\r' or (byte)'\n')), 13, 10];
        await client.AskAsync("DATA");
        await client.SendAsync([.. message, .. ".\r\n"u8]);

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(message, Assert.Single(server.Messages).Raw.ToArray());
    }

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\r.\r\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r.\r")]
    [InlineData("\r\r\n.\r\r\n")]
    [InlineData("\n\n.\n\n")]
    public async Task Only_CRLF_dot_CRLF_ends_a_message(string sequence)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        var reply = await client.DataAsync($"a{sequence}RSET\r\nMAIL FROM:<evil@example.com>\r\n.\r\n");

        Assert.Equal("550 5.6.0 The message has a bare LF or a bare CR", reply);
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Empty(Server.Messages);
        Assert.Equal(
            ["EHLO client.example.com", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA", "NOOP"],
            Server.Sessions[0].Commands);
    }

    [Theory]
    [InlineData("a\nb\r\n.\r\n")]
    [InlineData("a\rb\r\n.\r\n")]
    [InlineData("\n\r\n.\r\n")]
    [InlineData("\r\r\n.\r\n")]
    [InlineData(".\rb\r\n.\r\n")]
    [InlineData(".\n\r\n.\r\n")]
    public async Task A_message_with_a_bare_LF_or_CR_is_refused_and_ends_the_transaction(string message)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("550 5.6.0 The message has a bare LF or a bare CR", await client.DataAsync(message));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [InlineData("SIZE=100", "250 2.1.0 Ok")]
    [InlineData("SIZE=101", "552 5.3.4 Message size exceeds the limit")]
    [InlineData("SIZE=99999999999999999999", "552 5.3.4 Message size exceeds the limit")]
    [InlineData("SIZE=100000000000000000000", "501 5.5.4 Parameter SIZE has no valid value")]
    public async Task A_declared_size_over_the_limit_is_refused_at_MAIL(string parameter, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await client.AskAsync("MAIL FROM:<a@example.com> " + parameter));
    }

    [Theory]
    [InlineData(100, "250")]
    [InlineData(101, "552")]
    [InlineData(1_000_000, "552")]
    public async Task The_actual_size_is_limited_whatever_size_was_declared(int size, string code)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com> SIZE=1");
        await client.AskAsync("RCPT TO:<b@example.com>");

        // A stuffed dot is not part of the message.
        var reply = await client.DataAsync("." + ".".PadRight(size - 2, 'x') + "\r\n.\r\n");

        Assert.Equal(code, reply[..3]);
        Assert.Equal(code == "250" ? [size] : [], Server.Messages.Select(m => m.Raw.Length));
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
    }

    [Fact]
    public async Task A_truncated_message_is_not_received()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.AskAsync("DATA");
        await client.SendAsync("a\r\n.\r");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(Server.Messages);
        Assert.Equal("C: <5 bytes of message, then nothing more>", Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task A_received_message_has_its_envelope_and_session()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        var reply = await client.DataAsync("Subject: Hello\r\n\r\nWorld\r\n.\r\n");

        var message = await Server.WaitForMessageAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal($"250 2.0.0 Ok: queued as {message.QueueId}", reply);
        Assert.Equal("Hello", message.Message.Subject);
        Assert.Equal("World", message.Message.TextBody?.TrimEnd());
        Assert.Same(message.Message, message.Message);
        Assert.Same(Server.Sessions[0], message.Session);
        Assert.False(message.IsSecure);
        Assert.Null(message.AuthenticatedUser);
    }

    [Fact]
    public async Task Each_message_has_its_own_queue_id()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.DataAsync(".\r\n");
        await client.EnvelopeAsync();
        await client.DataAsync(".\r\n");

        Assert.NotEqual(Server.Messages[0].QueueId, Server.Messages[1].QueueId);
    }
}
