using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>When a rule matches, and how often.</summary>
public sealed class ScriptRuleTests() : ServerTest(new()
{
    Tls = SmtpTestTlsMode.None,
    Users = new Dictionary<string, string> { ["me"] = "secret" },
})
{
    private static async Task<string[]> CodesAsync(RawClient client, string line, int times)
    {
        var codes = new string[times];
        for (var i = 0; i < times; i++)
            codes[i] = (await client.AskAsync(line))[..3];
        return codes;
    }

    [Fact]
    public async Task A_rule_applies_without_limit()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Reply(299, "Scripted");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["299", "299", "299"], await CodesAsync(client, "NOOP", 3));
        Assert.Equal(3, rule.Hits);
    }

    [Fact]
    public async Task Times_limits_a_rule()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Times(2).Reply(299, "Scripted");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["299", "299", "250", "250"], await CodesAsync(client, "NOOP", 4));
        Assert.Equal(2, rule.Hits);
    }

    [Fact]
    public async Task After_skips_the_first_matches()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).After(2).Reply(299, "Scripted");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["250", "250"], await CodesAsync(client, "NOOP", 2));
        Assert.Equal(0, rule.Hits);
        Assert.False(rule.Reached.IsCompleted);
        Assert.Equal(["299", "299"], await CodesAsync(client, "NOOP", 2));
        Assert.True(rule.Reached.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Times_and_After_combine_in_any_order()
    {
        Server.Script.On(SmtpStep.NoOp).Times(1).After(1).Reply(299, "Scripted");
        Server.Script.On(SmtpStep.Vrfy).Reply(299, "Scripted").After(1).Times(1);
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["250", "299", "250"], await CodesAsync(client, "NOOP", 3));
        Assert.Equal(["252", "299", "252"], await CodesAsync(client, "VRFY b", 3));
    }

    [Fact]
    public async Task Matches_are_counted_over_all_sessions()
    {
        Server.Script.On(SmtpStep.NoOp).After(1).Times(1).Reply(299, "Scripted");
        using var one = await Server.ConnectRawAsync(ehlo: true);
        using var two = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["250"], await CodesAsync(one, "NOOP", 1));
        Assert.Equal(["299"], await CodesAsync(two, "NOOP", 1));
        Assert.Equal(["250"], await CodesAsync(one, "NOOP", 1));
    }

    [Fact]
    public async Task The_first_rule_that_matches_wins_and_then_the_next()
    {
        Server.Script.On(SmtpStep.NoOp).Times(1).Reply(291, "First");
        var second = Server.Script.On(SmtpStep.NoOp).Times(1).Reply(292, "Second");
        Server.Script.On(SmtpStep.NoOp).Reply(293, "Third");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal(["291", "292", "293", "293"], await CodesAsync(client, "NOOP", 4));
        Assert.Equal(1, second.Hits);
    }

    [Fact]
    public async Task A_rule_without_an_action_counts_and_changes_nothing()
    {
        var watched = Server.Script.On(SmtpStep.NoOp);
        var second = Server.Script.On(SmtpStep.NoOp, "x").After(1);
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.False(watched.Reached.IsCompleted);

        Assert.Equal(["250", "250"], await CodesAsync(client, "NOOP x", 2));
        Assert.Equal(2, watched.Hits);
        Assert.Equal(1, second.Hits);
        Assert.True(watched.Reached.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Matches_before_a_rule_has_its_action_do_not_count()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Times(1);
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.Equal(["250", "250"], await CodesAsync(client, "NOOP", 2));

        rule.Reply(299, "Scripted");

        Assert.Equal(["299", "250"], await CodesAsync(client, "NOOP", 2));
    }

    [Fact]
    public async Task The_last_action_of_a_rule_replaces_the_others()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Reply(291, "First");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.Equal(["291"], await CodesAsync(client, "NOOP", 1));

        rule.Reply(292, "Second");

        Assert.Equal(["292"], await CodesAsync(client, "NOOP", 1));
    }

    [Fact]
    public async Task A_cleared_script_changes_nothing()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Reply(299, "Scripted");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.Equal(["299"], await CodesAsync(client, "NOOP", 1));

        Server.Script.Clear();

        Assert.Equal(["250"], await CodesAsync(client, "NOOP", 1));
        Assert.Equal(1, rule.Hits);
    }

    [Theory]
    [InlineData("NOOP x", "299")]
    [InlineData("noop aXb", "299")]
    [InlineData("NOOP", "250")]
    [InlineData("NOOP y", "250")]
    public async Task The_text_of_a_rule_matches_the_command_in_any_case(string line, string code)
    {
        Server.Script.On(SmtpStep.NoOp, "X").Reply(299, "Scripted");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal([code], await CodesAsync(client, line, 1));
    }

    [Fact]
    public async Task The_text_of_a_rule_for_AuthResponse_matches_the_AUTH_command()
    {
        Server.Script.On(SmtpStep.AuthResponse, "login").Reply(454, "4.7.0 Later");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        await client.AskAsync("AUTH LOGIN");
        Assert.Equal("454 4.7.0 Later", await client.AskAsync("bWU="));
        await client.AskAsync("AUTH PLAIN");
        Assert.StartsWith("235 ", await client.AskAsync("AG1lAHNlY3JldA=="), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SmtpStep.Data, "DATA")]
    [InlineData(SmtpStep.Bdat, "BDAT 0")]
    [InlineData(SmtpStep.Bdat, "BDAT 0 LAST")]
    [InlineData(SmtpStep.EndOfData, "BDAT 0 LAST")]
    public async Task The_text_of_a_rule_for_the_message_also_matches_the_envelope(SmtpStep step, string line)
    {
        Server.Script.On(step, "MAIL FROM:<bad@").Reply(451, "Sender");
        Server.Script.On(step, "<bob@").Reply(452, "Recipient");
        Server.Script.On(step, line).After(2).Reply(453, "Line");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("451 Sender", await TryAsync("bad@example.com", "b@example.com"));
        Assert.Equal("452 Recipient", await TryAsync("a@example.com", "Bob@example.com"));
        await TryAsync("a@example.com", "b@example.com");
        await TryAsync("a@example.com", "b@example.com");
        Assert.Equal("453 Line", await TryAsync("a@example.com", "b@example.com"));

        async Task<string> TryAsync(string from, string to)
        {
            await client.EnvelopeAsync(from, to);
            var reply = await client.AskAsync(line);
            if (reply.StartsWith("354", StringComparison.Ordinal))
                reply = await client.AskAsync(".");
            await client.AskAsync("RSET");
            return reply;
        }
    }

    [Fact]
    public void Invalid_arguments_of_a_rule_throw_at_once()
    {
        var rule = Server.Script.On(SmtpStep.NoOp);

        Assert.Throws<ArgumentOutOfRangeException>(() => rule.Times(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => rule.After(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => rule.Reply(-1, "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => rule.Reply(1000, "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => rule.ReplyLines(250));
        Assert.Throws<ArgumentNullException>(() => rule.ReplyRaw((byte[])null!));
        Assert.Throws<ArgumentNullException>(() => rule.WaitFor(null!));
        Assert.Throws<ArgumentNullException>(() => rule.Do(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => Server.Script.On(SmtpStep.Body).CloseAfterBytes(-1));
    }

    [Fact]
    public void An_action_that_its_step_does_not_allow_throws()
    {
        var rule = Server.Script.On(SmtpStep.EndOfData);

        Assert.Contains("Body", Assert.Throws<InvalidOperationException>(() => rule.CloseAfterBytes(1)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => rule.ResetAfterBytes(1));
        Assert.Throws<InvalidOperationException>(() => rule.HangAfterBytes(1));
        Assert.Throws<InvalidOperationException>(() => Server.Script.On(SmtpStep.Body).Drip(TimeSpan.Zero));
        Assert.Throws<InvalidOperationException>(() => Server.Script.On(SmtpStep.Idle).Drip(TimeSpan.Zero));
    }
}
