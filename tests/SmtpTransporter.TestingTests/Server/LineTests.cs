using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>The characters and the length of a command line.</summary>
public sealed class LineTests() : ServerTest(new()
{
    Tls = SmtpTestTlsMode.None,
    Users = new Dictionary<string, string> { ["me"] = "secret" },
})
{
    [Theory]
    [InlineData("NOOP\nMAIL FROM:<a@example.com>\r\n")]
    [InlineData("\nMAIL FROM:<a@example.com>\r\n")]
    public async Task A_bare_LF_ends_the_session_and_no_further_command_is_executed(string text)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync(text);

        Assert.Equal("500 5.5.2 A line must end with CRLF\r\n", await client.ReadToEndAsync());
        Assert.Equal(["EHLO client.example.com", "<BareLineFeed>"], Server.Sessions[0].Commands);
    }

    [Theory]
    [InlineData("NOOP\rMAIL FROM:<a@example.com>")]
    [InlineData("NOOP\r")]
    [InlineData("\rNOOP")]
    [InlineData("NO\0OP")]
    [InlineData("NOOP\tx")]
    [InlineData("NOOP \u007f")]
    public async Task A_line_with_a_bare_CR_or_another_control_character_is_refused(string line)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("500 5.5.2 Control characters are not allowed", await client.AskAsync(line));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Equal(["EHLO client.example.com", "<ControlCharacter>", "NOOP"], Server.Sessions[0].Commands);
    }

    [Theory]
    [InlineData(4096, "250 2.0.0 Ok")]
    [InlineData(4097, "500 5.5.2 Line too long")]
    [InlineData(13000, "500 5.5.2 Line too long")]
    [InlineData(1_000_000, "500 5.5.2 Line too long")]
    public async Task A_line_can_have_4096_bytes_with_its_CRLF(int length, string reply)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(reply, await client.AskAsync("NOOP ".PadRight(length - 2, 'x')));
        Assert.Equal("252", (await client.AskAsync("VRFY x"))[..3]);
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(13000)]
    [InlineData(100_000)]
    public async Task A_long_line_with_a_bare_LF_also_ends_the_session(int length)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP ".PadRight(length, 'x') + "\nMAIL FROM:<a@example.com>\r\n");

        Assert.Equal("500 5.5.2 A line must end with CRLF\r\n", await client.ReadToEndAsync());
        Assert.DoesNotContain("MAIL FROM:<a@example.com>", Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task AUTH_can_be_longer_up_to_a_limit()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        var allowed = "AUTH PLAIN ".PadRight(12286 - 3, 'A');

        Assert.StartsWith("501 ", await client.AskAsync(allowed), StringComparison.Ordinal);
        Assert.Equal("500 5.5.2 Line too long", await client.AskAsync(allowed + "AAAA"));
        Assert.Equal("334 ", await client.AskAsync("AUTH PLAIN"));
        Assert.Equal("500 5.5.6 Line too long", await client.AskAsync(new string('A', 12288)));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("AG1l\rAHNlY3JldA==")]
    public async Task A_response_to_AUTH_with_a_control_character_is_refused(string line)
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("AUTH PLAIN");

        Assert.Equal("500 5.5.2 Control characters are not allowed", await client.AskAsync(line));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Null(Server.Sessions[0].AuthenticatedUser);
    }

    [Fact]
    public async Task A_response_to_AUTH_that_ends_with_a_bare_LF_ends_the_session()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("AUTH PLAIN");
        await client.SendAsync("AG1lAHNlY3JldA==\nMAIL FROM:<a@example.com>\r\n");

        Assert.Equal("500 5.5.2 A line must end with CRLF\r\n", await client.ReadToEndAsync());
        Assert.Equal(["EHLO client.example.com", "AUTH PLAIN"], Server.Sessions[0].Commands);
        Assert.Null(Server.Sessions[0].AuthenticatedUser);
    }

    [Fact]
    public async Task An_unterminated_line_is_not_executed()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\nQUIT");
        client.StopSending();

        Assert.Equal("250 2.0.0 Ok\r\n", await client.ReadToEndAsync());
        Assert.False(Server.Sessions[0].EndedWithQuit);
    }

    [Fact]
    public async Task A_line_can_arrive_in_pieces()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        foreach (var next in Encoding.ASCII.GetBytes("NOOP\r\n"))
            await client.SendAsync([next]);

        Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync());
    }
}
