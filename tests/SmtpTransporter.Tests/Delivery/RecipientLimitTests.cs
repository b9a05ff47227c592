using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests recipients who are left over by a transaction: one too many, or behind those for whom the server ended the session.
/// </summary>
public sealed class RecipientLimitTests : SocketTest
{
    private static readonly SmtpTestServerOptions Plain = new() { Tls = SmtpTestTlsMode.None };

    private static SmtpTestServer Start(bool chunking = false) => SmtpTestServer.Start(Plain with { Chunking = chunking });

    private static string Recipients(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"r{i}@example.org"));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_server_that_ends_the_session_at_the_third_recipient_too_many_gets_as_many_as_it_takes(bool chunking, bool async)
    {
        await using var server = Start(chunking);
        server.Script.On(SmtpStep.RcptTo).Times(100).Do(_ => { });
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(452, "4.5.3 Too many recipients");
        server.Script.On(SmtpStep.RcptTo).Times(1).ReplyAndClose(421, "4.5.0 Too many errors, bye");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(150))));

        Assert.Equal([100, 50], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(150, server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_server_that_ends_the_session_at_twenty_errors_gets_those_who_were_not_refused(bool chunking, bool async)
    {
        await using var server = Start(chunking);
        // Every second of sixty recipients is refused; the twentieth refusal of a session is its last reply.
        var refused = Enumerable.Range(0, 60).Where(i => i % 2 == 0).ToList();
        foreach (var i in refused)
        {
            if (i == 38)
                server.Script.On(SmtpStep.RcptTo, $"<r{i}@").Times(1).ReplyAndClose(421, "4.7.0 Error: too many errors");
            server.Script.On(SmtpStep.RcptTo, $"<r{i}@").Reply(550, "5.1.1 User unknown");
        }
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(60)));

        Assert.Equal((Outcome.PartiallyAccepted, 550), (result.Outcome, result.Status));
        Assert.Equal(30, result.Recipients.Count(r => r.State == RecipientState.Refused));
        Assert.Empty(result.RetryRecipients);
        Assert.Equal(30, Assert.Single(server.Messages).Recipients.Count);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(431, "Too many recipients.", false)]
    [InlineData(452, "4.5.3 Too many recipients", true)]
    [InlineData(552, "Too many recipients", false)]
    [InlineData(552, "Too many recipients", true)]
    public async Task A_recipient_that_is_one_too_many_gets_the_message_in_a_further_transaction(int code, string text, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo).After(2).Times(2).Reply(code, text);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(4))));

        Assert.Equal([2, 2], server.Messages.Select(m => m.Recipients.Count));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_552_that_is_repeated_for_the_recipient_alone_is_final(bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo, "r1@").Reply(552, "Mailbox full");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(2)));

        Assert.Equal((Outcome.PartiallyAccepted, 552), (result.Outcome, result.Status));
        Assert.Equal([RecipientState.Accepted, RecipientState.Refused], result.Recipients.Select(r => r.State));
        Assert.Single(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_552_whose_further_transaction_fails_is_deferred(bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo, "r1@").Reply(552, "Too many recipients");
        server.Script.On(SmtpStep.MailFrom).After(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(2)));

        Assert.Equal([RecipientState.Accepted, RecipientState.Deferred], result.Recipients.Select(r => r.State));
        Assert.Equal(["r1@example.org"], result.RetryRecipients);
    }

    public static TheoryData<int, bool> FullMailboxes
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (var i = 0; i < 6; i++)
                data.Add(i, i % 2 == 0);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(FullMailboxes))]
    public async Task A_full_mailbox_is_deferred_and_gets_no_transaction_for_itself(int full, bool async)
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo, $"r{full}@").Reply(452, "4.2.2 Mailbox full");
        // Four places in the first transaction.
        server.Script.On(SmtpStep.RcptTo).After(4).Times(1).Reply(452, "4.5.3 Too many recipients");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(6)));

        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
        Assert.Equal([$"r{full}@example.org"], result.RetryRecipients);
        Assert.Equal([4, 1], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(5, server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Equal(1, server.Sessions.Sum(s => s.Commands.Count(c => c.StartsWith($"RCPT TO:<r{full}@", StringComparison.Ordinal))));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_batch_whose_recipients_are_all_refused_is_followed_by_the_next(bool async)
    {
        await using var server = SmtpTestServer.Start(Plain);
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "PIPELINING", "LIMITS RCPTMAX=2");
        server.Script.On(SmtpStep.RcptTo).Times(2).Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(5)));

        Assert.Equal((Outcome.PartiallyAccepted, 550), (result.Outcome, result.Status));
        Assert.Equal([2, 1], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(3, result.Recipients.Count(r => r.State == RecipientState.Accepted));
    }
}
