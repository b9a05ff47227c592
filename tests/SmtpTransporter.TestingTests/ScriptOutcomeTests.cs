using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>What a command changes depends on the reply that was scripted.</summary>
public sealed class ScriptOutcomeTests : IAsyncDisposable
{
    private readonly SmtpTestServer _server = SmtpTestServer.Start(new()
    {
        Users = new Dictionary<string, string> { ["me"] = "secret" },
        OfferAuthWithoutTls = true,
        SizeLimit = 100,
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task After_a_greeting_that_refuses_there_is_only_QUIT()
    {
        _server.Script.On(SmtpStep.Connect).Reply(554, "No service");
        using var client = await RawClient.ConnectAsync(_server);

        Assert.Equal("554 No service", await client.ReadReplyAsync());
        Assert.Equal("503 5.5.1 No service here", await client.AskAsync("EHLO me"));
        Assert.Equal("503 5.5.1 No service here", await client.AskAsync("NOOP"));
        Assert.Equal("221 2.0.0 Bye", await client.AskAsync("QUIT"));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task After_an_EHLO_that_was_refused_the_client_has_not_greeted()
    {
        _server.Script.On(SmtpStep.Ehlo).Reply(502, "What?");
        using var client = await RawClient.ConnectAsync(_server);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO me");

        Assert.Equal("503 5.5.1 Send EHLO first", await client.AskAsync("MAIL FROM:<>"));
        await client.AskAsync("HELO me");
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task The_list_of_extensions_can_be_scripted()
    {
        _server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "fake.example.com", "X-NONE");
        using var client = await RawClient.ConnectAsync(_server);
        await client.ReadReplyAsync();

        Assert.Equal("250-fake.example.com\r\n250 X-NONE", await client.AskAsync("EHLO me"));
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task A_STARTTLS_that_was_refused_leaves_the_session_in_clear()
    {
        _server.Script.On(SmtpStep.StartTls).Reply(454, "4.7.0 TLS not available");
        using var client = await RawClient.GreetAsync(_server);
        await client.AskAsync("STARTTLS");

        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.False(_server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task A_STARTTLS_that_was_granted_in_other_words_is_followed_by_the_handshake()
    {
        _server.Script.On(SmtpStep.StartTls).Reply(220, "Go");
        using var client = await RawClient.GreetAsync(_server);
        Assert.Equal("220 Go", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync(_server);

        Assert.StartsWith("250-localhost", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
        Assert.True(_server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task A_reply_injected_behind_the_one_to_STARTTLS_goes_out_in_clear()
    {
        _server.Script.On(SmtpStep.StartTls).ReplyRaw("220 Go\r\n250 Injected\r\n");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("220 Go", await client.AskAsync("STARTTLS"));
        Assert.Equal("250 Injected", await client.ReadReplyAsync());
        await client.HandshakeAsync(_server);
        Assert.StartsWith("250-localhost", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_can_be_refused_and_granted_against_the_password()
    {
        _server.Script.On(SmtpStep.Auth, "PLAIN").Reply(454, "4.7.0 Later");
        _server.Script.On(SmtpStep.AuthResponse, "LOGIN").After(1).Reply(235, "2.7.0 Whatever");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("454 4.7.0 Later", await client.AskAsync("AUTH PLAIN AG1lAHNlY3JldA=="));
        Assert.Null(_server.Sessions[0].AuthenticatedUser);
        await client.AskAsync("AUTH LOGIN");
        await client.AskAsync("bWU=");
        Assert.Equal("235 2.7.0 Whatever", await client.AskAsync("d3Jvbmc="));
        Assert.Equal("503 5.5.1 You are logged in already", await client.AskAsync("AUTH LOGIN"));
    }

    [Fact]
    public async Task After_a_scripted_334_the_next_line_is_a_response()
    {
        _server.Script.On(SmtpStep.Auth).Reply(334, "Pw==");
        _server.Script.On(SmtpStep.AuthResponse).Times(1).Reply(334, "Pw==");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("334 Pw==", await client.AskAsync("AUTH UNKNOWN"));
        Assert.Equal("334 Pw==", await client.AskAsync("QUIT"));
        Assert.Equal("535 5.7.8 Authentication credentials invalid", await client.AskAsync("AAAA"));
        Assert.Equal(["EHLO client.example.com", "AUTH UNKNOWN"], _server.Sessions[0].Commands);
    }

    [Fact]
    public async Task A_scripted_250_begins_a_transaction_and_accepts_a_recipient()
    {
        _server.Script.On(SmtpStep.MailFrom).Reply(250, "Fine");
        _server.Script.On(SmtpStep.RcptTo, "NOTIFY").Reply(251, "Fine");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("250 Fine", await client.AskAsync("MAIL FROM:<a@example.com> SIZE=1000"));
        Assert.Equal("251 Fine", await client.AskAsync("RCPT TO:<b@example.com> NOTIFY=SOMETIMES"));
        await client.DataAsync(".\r\n");

        Assert.Equal(["b@example.com"], Assert.Single(_server.Messages).Recipients);
    }

    [Fact]
    public async Task A_recipient_that_was_refused_gets_nothing()
    {
        _server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 No such user");
        using var client = await RawClient.GreetAsync(_server);
        await client.EnvelopeAsync();
        Assert.Equal("550 5.1.1 No such user", await client.AskAsync("RCPT TO:<BOB@example.com>"));
        await client.DataAsync(".\r\n");

        Assert.Equal(["b@example.com"], Assert.Single(_server.Messages).Recipients);
    }

    [Fact]
    public async Task A_MAIL_that_was_refused_begins_nothing()
    {
        _server.Script.On(SmtpStep.MailFrom).Times(1).Reply(451, "4.3.0 Later");
        using var client = await RawClient.GreetAsync(_server);
        await client.AskAsync("MAIL FROM:<a@example.com>");

        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("RCPT TO:<b@example.com>"));
        Assert.Equal("250 2.1.0 Ok", await client.AskAsync("MAIL FROM:<a@example.com>"));
    }

    [Fact]
    public async Task A_DATA_that_was_refused_is_not_followed_by_a_message()
    {
        _server.Script.On(SmtpStep.Data, "b@example.com").Times(1).Reply(451, "4.3.0 Later");
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("DATA"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scripted_354_without_a_recipient_takes_a_message_to_refuse_it()
    {
        _server.Script.On(SmtpStep.Data).Reply(354, "Go on");
        using var client = await RawClient.GreetAsync(_server);

        Assert.Equal("554 5.5.1 No valid recipients", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal("250 2.0.0 Ok", await client.AskAsync("NOOP"));
        Assert.Empty(_server.Messages);
    }

    [Theory]
    [InlineData("451 4.3.0 Later", false)]
    [InlineData("550 5.7.1 Spam", false)]
    [InlineData("250 Fine", true)]
    [InlineData("299 Odd", true)]
    [InlineData("no code", true)]
    public async Task The_end_of_a_message_counts_unless_it_is_refused(string reply, bool kept)
    {
        _server.Script.On(SmtpStep.EndOfData).ReplyRaw(reply + "\r\n");
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal(reply, await client.DataAsync(".\r\n"));
        Assert.Equal(kept ? 1 : 0, _server.Messages.Count);
        Assert.Equal("503 5.5.1 Send MAIL first", await client.AskAsync("DATA"));
    }

    [Fact]
    public async Task A_message_can_be_lost_in_the_moment_after_it_was_received()
    {
        _server.Script.On(SmtpStep.EndOfData).Close();
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal("", await client.DataAsync("a\r\n.\r\n"));
        Assert.Equal(3, Assert.Single(_server.Messages).Raw.Length);
    }

    [Fact]
    public async Task A_message_that_would_be_refused_is_taken_by_a_scripted_250()
    {
        _server.Script.On(SmtpStep.EndOfData).Reply(250, "Fine");
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal("250 Fine", await client.DataAsync("a\nb\r\n.\r\n"));
        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task A_chunk_that_was_refused_takes_the_rest_with_it()
    {
        _server.Script.On(SmtpStep.Bdat).Times(1).Reply(451, "4.3.0 Later");
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal("451 4.3.0 Later", await client.AskAsync("BDAT 0"));
        Assert.Equal("503 5.5.1 A chunk was refused, send RSET", await client.AskAsync("BDAT 0 LAST"));
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task For_the_last_chunk_a_rule_for_the_end_of_data_goes_first()
    {
        var chunk = _server.Script.On(SmtpStep.Bdat).Reply(451, "Chunk");
        _server.Script.On(SmtpStep.EndOfData).Reply(452, "End");
        using var client = await RawClient.BeginMailAsync(_server);

        Assert.Equal("452 End", await client.AskAsync("BDAT 0 LAST"));
        Assert.Equal(0, chunk.Hits);
    }

    [Fact]
    public async Task A_RSET_that_was_refused_leaves_the_transaction()
    {
        _server.Script.On(SmtpStep.Rset).Reply(451, "4.3.0 Later");
        using var client = await RawClient.BeginMailAsync(_server);
        await client.AskAsync("RSET");

        Assert.StartsWith("250 ", await client.DataAsync(".\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QUIT_closes_whatever_it_is_told()
    {
        _server.Script.On(SmtpStep.Quit).Reply(500, "Stay");
        using var client = await RawClient.GreetAsync(_server);
        await client.SendAsync("QUIT\r\n");

        Assert.Equal("500 Stay\r\n", await client.ReadToEndAsync());
        Assert.True(_server.Sessions[0].EndedWithQuit);
    }
}
