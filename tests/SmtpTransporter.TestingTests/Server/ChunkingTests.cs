using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>A message by BDAT (RFC 3030).</summary>
public sealed class ChunkingTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None, SizeLimit = 100 })
{
    private string Received => Encoding.ASCII.GetString(Assert.Single(Server.Messages).Raw.Span);

    [Fact]
    public async Task One_chunk_can_be_the_whole_message()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 3 LAST\r\na\r\n");

        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("a\r\n", Received);
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("BDAT 0 LAST"));
    }

    [Theory]
    [InlineData("BDAT 0 LAST\r\n", "")]
    [InlineData("BDAT 3 last\r\nz\r\n", "z\r\n")]
    public async Task Chunks_are_joined_up_to_the_last_one(string last, string end)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 6\r\na\r\n.\r\n");
        Assert.Equal("250 2.0.0 6 octets received", await client.ReadReplyAsync());
        await client.SendAsync("BDAT 0\r\n");
        Assert.Equal("250 2.0.0 0 octets received", await client.ReadReplyAsync());
        await client.SendAsync("bdat 8\r\nQUIT\r\n..");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("BDAT 2\r\n\r\n");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Empty(Server.Messages);
        await client.SendAsync(last);

        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("a\r\n.\r\nQUIT\r\n..\r\n" + end, Received);
    }

    [Fact]
    public async Task A_message_can_be_empty()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.StartsWith("250 2.0.0 Ok: queued as ", await client.AskAsync("BDAT 0 LAST"), StringComparison.Ordinal);
        Assert.Equal("", Received);
    }

    [Fact]
    public async Task Chunks_can_be_pipelined_with_the_whole_transaction()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nBDAT 2\r\nabBDAT 4 LAST\r\ncd\r\nQUIT\r\n");

        var replies = (await client.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["250", "250", "250", "250", "221"], replies.Select(r => r[..3]));
        Assert.Equal("abcd\r\n", Received);
    }

    [Fact]
    public async Task A_CRLF_can_be_split_by_the_end_of_a_chunk()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 2\r\na\rBDAT 1\r\n\nBDAT 0 LAST\r\n");

        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("a\r\n", Received);
    }

    [Theory]
    [InlineData("BDAT 2 LAST\r\na\n")]
    [InlineData("BDAT 2 LAST\r\na\r")]
    [InlineData("BDAT 4 LAST\r\na\rb\n")]
    [InlineData("BDAT 4 LAST\r\n\r\r\nb")]
    public async Task A_message_with_a_bare_LF_or_CR_is_refused(string chunk)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync(chunk);

        Assert.Equal("550 5.6.0 The message has a bare LF or a bare CR", await client.ReadReplyAsync());
        Assert.Empty(Server.Messages);
    }

    [Fact]
    public async Task DATA_RCPT_and_MAIL_are_refused_after_BDAT()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.AskAsync("BDAT 0");

        Assert.Equal("503 5.5.1 DATA must not follow BDAT", await client.AskAsync("DATA"));
        Assert.Equal("503 5.5.1 The message has begun", await client.AskAsync("RCPT TO:<c@example.com>"));
        Assert.Equal("503 5.5.1 A transaction is open already", await client.AskAsync("MAIL FROM:<c@example.com>"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        await client.AskAsync("BDAT 0 LAST");

        Assert.Equal(["b@example.com"], Assert.Single(Server.Messages).Recipients);
    }

    [Fact]
    public async Task RSET_discards_the_chunks()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 3\r\nold");
        await client.ReadReplyAsync();
        await client.AskAsync("RSET");
        await client.EnvelopeAsync();

        Assert.StartsWith("250 ", await client.DataAsync("new\r\n.\r\n"), StringComparison.Ordinal);
        Assert.Equal("new\r\n", Received);
    }

    [Fact]
    public async Task A_chunk_that_is_refused_is_read_and_not_taken_for_commands()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("BDAT 6\r\nQUIT\r\n");
        Assert.Equal("503 5.5.1 Send MAIL first", await client.ReadReplyAsync());

        await client.AskAsync("MAIL FROM:<a@example.com>");
        await client.SendAsync("BDAT 6 LAST\r\nQUIT\r\n");
        Assert.Equal("503 5.5.1 Send RCPT first", await client.ReadReplyAsync());
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task Chunks_after_one_that_is_too_large_are_refused_until_RSET()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 101\r\n" + new string('x', 101));
        Assert.Equal("552 5.3.4 Message size exceeds the limit", await client.ReadReplyAsync());
        await client.SendAsync("BDAT 6 LAST\r\nQUIT\r\n");
        Assert.Equal("503 5.5.1 A chunk was refused, send RSET", await client.ReadReplyAsync());
        Assert.Empty(Server.Messages);

        await client.AskAsync("RSET");
        await client.EnvelopeAsync();
        await client.SendAsync("BDAT 100 LAST\r\n" + new string('x', 100));
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(100, Received.Length);
    }

    [Fact]
    public async Task The_size_limit_applies_to_all_chunks_together()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 60\r\n" + new string('x', 60));
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("BDAT 60 LAST\r\n" + new string('x', 60));

        Assert.Equal("552 5.3.4 Message size exceeds the limit", await client.ReadReplyAsync());
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT x")]
    [InlineData("BDAT -1")]
    [InlineData("BDAT 1 FIRST")]
    [InlineData("BDAT 1 LAST x")]
    [InlineData("BDAT 99999999999999999999")]
    public async Task An_invalid_chunk_size_is_a_syntax_error(string line)
    {
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("501 5.5.4 Syntax: BDAT size [LAST]", await client.AskAsync(line));
        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BDAT_is_refused_if_CHUNKING_is_not_offered()
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        using var client = await server.ConnectRawAsync(envelope: true);

        Assert.Equal("502 5.5.1 BDAT is not offered", await client.AskAsync("BDAT 0 LAST"));
        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_chunk_is_not_received()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.SendAsync("BDAT 10 LAST\r\nabc");
        client.StopSending();

        Assert.Equal("", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(Server.Messages);
        Assert.Equal("C: <3 bytes of message, then nothing more>", Server.Sessions[0].Transcript[^1]);
    }
}
