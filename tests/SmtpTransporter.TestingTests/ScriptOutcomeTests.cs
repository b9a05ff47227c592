using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>The effect of a command depends on the scripted reply.</summary>
public sealed class ScriptOutcomeTests() : ServerTest(new()
{
    Users = new Dictionary<string, string> { ["me"] = "secret" },
    OfferAuthWithoutTls = true,
    SizeLimit = 100,
})
{
    [Fact]
    public async Task A_refusing_greeting_leaves_QUIT_only()
    {
        Server.Script.On(SmtpStep.Connect).Reply(554, "No service");
        using var client = await Server.ConnectRawAsync();

        Assert.Equal("554 No service", await client.ReadReplyAsync());
        Assert.Equal("503 5.5.1 No SMTP service here", await client.AskAsync("EHLO me"));
        Assert.Equal("503 5.5.1 No SMTP service here", await client.AskAsync("NOOP"));
        Assert.Equal("221 2.0.0 Bye", await client.AskAsync("QUIT"));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_refused_EHLO_does_not_count_as_a_greeting()
    {
        Server.Script.On(SmtpStep.Ehlo).Reply(502, "What?");
        using var client = await Server.ConnectRawAsync(greeting: true);
        await client.AskAsync("EHLO me");

        Assert.Equal("503 5.5.1 Send EHLO first", await client.AskAsync("MAIL FROM:<>"));
        await client.AskAsync("HELO me");
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task The_list_of_extensions_can_be_scripted()
    {
        Server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "fake.example.com", "X-NONE");
        using var client = await Server.ConnectRawAsync(greeting: true);

        Assert.Equal("250-fake.example.com\r\n250 X-NONE", await client.AskAsync("EHLO me"));
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task A_refused_STARTTLS_leaves_the_session_in_clear_text()
    {
        Server.Script.On(SmtpStep.StartTls).Reply(454, "4.7.0 TLS not available");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("STARTTLS");

        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.False(Server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task The_handshake_follows_a_scripted_220_to_STARTTLS()
    {
        Server.Script.On(SmtpStep.StartTls).Reply(220, "Go");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        Assert.Equal("220 Go", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync(Server);

        Assert.StartsWith("250-localhost", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
        Assert.True(Server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task A_reply_injected_after_the_one_to_STARTTLS_is_sent_in_clear_text()
    {
        Server.Script.On(SmtpStep.StartTls).ReplyRaw("220 Go\r\n250 Injected\r\n");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("220 Go", await client.AskAsync("STARTTLS"));
        Assert.Equal("250 Injected", await client.ReadReplyAsync());
        await client.HandshakeAsync(Server);
        Assert.StartsWith("250-localhost", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_can_refuse_or_grant_an_authentication_whatever_the_password()
    {
        Server.Script.On(SmtpStep.Auth, "PLAIN").Reply(454, "4.7.0 Later");
        Server.Script.On(SmtpStep.AuthResponse, "LOGIN").After(1).Reply(235, "2.7.0 Whatever");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("454 4.7.0 Later", await client.AskAsync("AUTH PLAIN AG1lAHNlY3JldA=="));
        Assert.Null(Server.Sessions[0].AuthenticatedUser);
        await client.AskAsync("AUTH LOGIN");
        await client.AskAsync("bWU=");
        Assert.Equal("235 2.7.0 Whatever", await client.AskAsync("d3Jvbmc="));
        Assert.Equal("503 5.5.1 Already authenticated", await client.AskAsync("AUTH LOGIN"));
    }

    [Fact]
    public async Task The_next_line_after_a_scripted_334_is_a_response()
    {
        Server.Script.On(SmtpStep.Auth).Reply(334, "Pw==");
        Server.Script.On(SmtpStep.AuthResponse).Times(1).Reply(334, "Pw==");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("334 Pw==", await client.AskAsync("AUTH UNKNOWN"));
        Assert.Equal("334 Pw==", await client.AskAsync("QUIT"));
        Assert.Equal("535 5.7.8 Authentication credentials invalid", await client.AskAsync("AAAA"));
        Assert.Equal(["EHLO client.example.com", "AUTH UNKNOWN"], Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_scripted_250_begins_a_transaction_and_accepts_a_recipient()
    {
        Server.Script.On(SmtpStep.MailFrom).Reply(250, "Fine");
        Server.Script.On(SmtpStep.RcptTo, "NOTIFY").Reply(251, "Fine");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("250 Fine", await client.AskAsync("MAIL FROM:<a@example.com> SIZE=1000"));
        Assert.Equal("251 Fine", await client.AskAsync("RCPT TO:<b@example.com> NOTIFY=SOMETIMES"));
        await client.DataAsync(".\r\n");

        Assert.Equal(["b@example.com"], Assert.Single(Server.Messages).Recipients);
    }

    [Fact]
    public async Task A_refused_recipient_receives_nothing()
    {
        Server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 No such user");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.EnvelopeAsync();
        Assert.Equal("550 5.1.1 No such user", await client.AskAsync("RCPT TO:<BOB@example.com>"));
        await client.DataAsync(".\r\n");

        Assert.Equal(["b@example.com"], Assert.Single(Server.Messages).Recipients);
    }

    [Fact]
    public async Task A_refused_MAIL_begins_no_transaction()
    {
        Server.Script.On(SmtpStep.MailFrom).Times(1).Reply(451, "4.3.0 Later");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("RCPT TO:<b@example.com>"));
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
    }

    [Fact]
    public async Task No_message_follows_a_refused_DATA()
    {
        Server.Script.On(SmtpStep.Data, "b@example.com").Times(1).Reply(451, "4.3.0 Later");
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("DATA"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_after_a_scripted_354_without_a_recipient_is_read_and_refused()
    {
        Server.Script.On(SmtpStep.Data).Reply(354, "Go on");
        using var client = await Server.ConnectRawAsync(ehlo: true);

        Assert.Equal("554 5.5.1 No valid recipients", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Empty(Server.Messages);
    }

    [Theory]
    [InlineData("451 4.3.0 Later", false)]
    [InlineData("550 5.7.1 Spam", false)]
    [InlineData("250 Fine", true)]
    [InlineData("299 Odd", true)]
    [InlineData("no code", true)]
    public async Task A_message_counts_as_received_unless_its_end_is_refused(string reply, bool kept)
    {
        Server.Script.On(SmtpStep.EndOfData).ReplyRaw(reply + "\r\n");
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal(reply, await client.DataAsync(".\r\n"));
        Assert.Equal(kept ? 1 : 0, Server.Messages.Count);
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
    }

    [Fact]
    public async Task The_connection_can_be_lost_right_after_a_message_was_received()
    {
        Server.Script.On(SmtpStep.EndOfData).Close();
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal(3, Assert.Single(Server.Messages).Raw.Length);
    }

    [Fact]
    public async Task A_scripted_250_accepts_a_message_that_would_be_refused()
    {
        Server.Script.On(SmtpStep.EndOfData).Reply(250, "Fine");
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("250 Fine", await client.DataAsync("a\nb\r\n.\r\n"));
        Assert.Single(Server.Messages);
    }

    [Fact]
    public async Task Chunks_after_a_refused_one_are_refused()
    {
        Server.Script.On(SmtpStep.Bdat).Times(1).Reply(451, "4.3.0 Later");
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("BDAT 0"));
        Assert.Equal("503 5.5.1 A chunk was refused, send RSET", await client.AskAsync("BDAT 0 LAST"));
        Assert.Empty(Server.Messages);
    }

    [Fact]
    public async Task A_rule_for_EndOfData_comes_first_for_the_last_chunk()
    {
        var chunk = Server.Script.On(SmtpStep.Bdat).Reply(451, "Chunk");
        Server.Script.On(SmtpStep.EndOfData).Reply(452, "End");
        using var client = await Server.ConnectRawAsync(envelope: true);

        Assert.Equal("452 End", await client.AskAsync("BDAT 0 LAST"));
        Assert.Equal(0, chunk.Hits);
    }

    [Fact]
    public async Task A_refused_RSET_keeps_the_transaction()
    {
        Server.Script.On(SmtpStep.Rset).Reply(451, "4.3.0 Later");
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.AskAsync("RSET");

        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QUIT_closes_the_connection_after_any_reply()
    {
        Server.Script.On(SmtpStep.Quit).Reply(500, "Stay");
        using var client = await Server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("QUIT\r\n");

        Assert.Equal("500 Stay\r\n", await client.ReadToEndAsync());
        Assert.True(Server.Sessions[0].EndedWithQuit);
    }
}
