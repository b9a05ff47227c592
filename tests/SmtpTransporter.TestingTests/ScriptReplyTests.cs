using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Rules that replace the normal reply, at each step.</summary>
public sealed class ScriptReplyTests() : ServerTest(new()
{
    Users = new Dictionary<string, string> { ["me"] = "secret" },
    OfferAuthWithoutTls = true,
})
{
    /// <summary>The lines that the client sends up to the reply at the step.</summary>
    public static TheoryData<SmtpStep, string[]> Steps => new()
    {
        { SmtpStep.Connect, [] },
        { SmtpStep.Ehlo, ["EHLO me"] },
        { SmtpStep.Helo, ["HELO me"] },
        { SmtpStep.StartTls, ["EHLO me", "STARTTLS"] },
        { SmtpStep.Auth, ["EHLO me", "AUTH PLAIN AG1lAHNlY3JldA=="] },
        { SmtpStep.AuthResponse, ["EHLO me", "AUTH PLAIN", "AG1lAHNlY3JldA=="] },
        { SmtpStep.MailFrom, ["EHLO me", "MAIL FROM:<>"] },
        { SmtpStep.RcptTo, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>"] },
        { SmtpStep.Data, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "DATA"] },
        { SmtpStep.EndOfData, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "DATA", "."] },
        { SmtpStep.EndOfData, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "BDAT 0 LAST"] },
        { SmtpStep.Bdat, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "BDAT 0"] },
        { SmtpStep.Bdat, ["EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "BDAT 0 LAST"] },
        { SmtpStep.Rset, ["RSET"] },
        { SmtpStep.NoOp, ["NOOP"] },
        { SmtpStep.Quit, ["QUIT"] },
        { SmtpStep.Vrfy, ["VRFY b"] },
    };

    private async Task<(RawClient Client, string Reply)> AskAllAsync(string[] lines)
    {
        var client = await Server.ConnectRawAsync();
        var reply = await client.ReadReplyAsync();
        foreach (var line in lines)
            reply = await client.AskAsync(line);
        return (client, reply);
    }

    [Theory]
    [MemberData(nameof(Steps), DisableDiscoveryEnumeration = true)]
    public async Task A_rule_can_replace_the_reply_at_every_step(SmtpStep step, string[] lines)
    {
        var rule = Server.Script.On(step).Reply(451, "4.3.0 Scripted");

        var (client, reply) = await AskAllAsync(lines);
        using var _ = client;

        Assert.Equal("451 4.3.0 Scripted", reply);
        Assert.Equal(step, rule.Step);
        Assert.Equal(1, rule.Hits);
        Assert.True(rule.Reached.IsCompletedSuccessfully);
        Assert.Equal("S: 451 4.3.0 Scripted", Server.Sessions[0].Transcript[^1]);
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [MemberData(nameof(Steps), DisableDiscoveryEnumeration = true)]
    public async Task A_rule_can_reply_and_close_at_every_step(SmtpStep step, string[] lines)
    {
        Server.Script.On(step).ReplyAndClose(421, "4.3.2 Shutting down");

        var (client, reply) = await AskAllAsync(lines);
        using var _ = client;

        Assert.Equal("421 4.3.2 Shutting down", reply);
        Assert.Equal("", await client.ReadToEndAsync());
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [MemberData(nameof(Steps), DisableDiscoveryEnumeration = true)]
    public async Task A_rule_can_close_without_a_reply_at_every_step(SmtpStep step, string[] lines)
    {
        Server.Script.On(step).Close();

        var (client, reply) = await AskAllAsync(lines);
        using var _ = client;

        Assert.Equal("", reply);
        await Server.WaitForSessionEndAsync(0, TestContext.Current.CancellationToken);
        Assert.False(Server.Sessions[0].IsOpen);
    }

    [Fact]
    public async Task A_reply_can_have_several_lines()
    {
        Server.Script.On(SmtpStep.NoOp).ReplyLines(250, "one", "two", "");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250-one\r\n250-two\r\n250 ", await client.AskAsync("NOOP"));
        Assert.Equal(["S: 250-one", "S: 250-two", "S: 250 "], Server.Sessions[0].Transcript.TakeLast(3));
    }

    [Fact]
    public async Task A_reply_can_be_any_bytes()
    {
        Server.Script.On(SmtpStep.NoOp).ReplyRaw([0, 255, (byte)'\n']);
        Server.Script.On(SmtpStep.Vrfy).ReplyRaw("no code\r\n250 and a second reply\r\n");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");

        Assert.Equal((char)0, await client.ReadByteAsync());
        Assert.Equal((char)255, await client.ReadByteAsync());
        Assert.Equal('\n', await client.ReadByteAsync());
        Assert.Equal("no code", await client.AskAsync("VRFY b"));
        Assert.Equal("250 and a second reply", await client.ReadReplyAsync());
    }

    [Fact]
    public async Task A_reply_can_be_truncated()
    {
        Server.Script.On(SmtpStep.NoOp).ReplyRawAndClose("250 2.0");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("NOOP\r\n");

        Assert.Equal("250 2.0", await client.ReadToEndAsync());
        Assert.Equal("S: 250 2.0", Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task An_invalid_code_is_sent_with_three_digits()
    {
        Server.Script.On(SmtpStep.NoOp).Reply(7, "James");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("007 James", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_non_ASCII_reply_is_sent_in_UTF_8()
    {
        Server.Script.On(SmtpStep.NoOp).Reply(250, "Größe");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 Größe", await client.AskAsync("NOOP"));
        Assert.Equal("S: 250 Größe", Server.Sessions[0].Transcript[^1]);
    }

    [Fact]
    public async Task A_scripted_reply_does_not_change_the_array_of_the_test()
    {
        var bytes = Encoding.ASCII.GetBytes("250 Mine\r\n");
        Server.Script.On(SmtpStep.NoOp).ReplyRaw(bytes);
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 Mine", await client.AskAsync("NOOP"));
        Assert.Equal("250 Mine\r\n", Encoding.ASCII.GetString(bytes));
    }
}
