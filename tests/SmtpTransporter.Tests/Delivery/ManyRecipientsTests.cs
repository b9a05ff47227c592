using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests a server that limits the recipients per transaction: the rest get the message in the next one, in one result.</summary>
public sealed class ManyRecipientsTests : SocketTest
{
    private const int Limit = 10;

    private static string Recipients(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"r{i}@example.org"));

    /// <summary>Makes the server refuse every recipient over the limit of the first transaction.</summary>
    private static SmtpTestServer Start(bool pipelining, string reply = "4.5.3 Too many recipients", int total = 25)
    {
        var server = SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = false });
        // The client then sends no more than these at once.
        server.Script.On(SmtpStep.RcptTo).Times(Limit).Do(_ => { });
        server.Script.On(SmtpStep.RcptTo).Times(total - Limit).Reply(452, reply);
        return server;
    }

    [Theory]
    [InlineData(false, false, "4.5.3 Too many recipients")]
    [InlineData(false, true, "Too many recipients")]
    [InlineData(true, false, "Too many recipients")]
    [InlineData(true, true, "4.5.3 Too many recipients")]
    public async Task The_remaining_recipients_get_the_message_in_further_transactions(bool async, bool pipelining, string reply)
    {
        await using var server = Start(pipelining, reply);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(25)));

        AssertAccepted(result);
        Assert.Equal([10, 10, 5], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(25, server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Single(server.Messages.Select(m => m.Message.MessageId).Distinct());
        Assert.All(result.Recipients, r => Assert.Equal((RecipientState.Accepted, 250), (r.State, r.Status)));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_full_disk_is_not_a_recipient_limit(bool async)
    {
        await using var server = Start(pipelining: true, "4.3.1 Insufficient system storage");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(25)));

        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
        Assert.Equal(15, result.RetryRecipients.Count);
        Assert.Single(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Cancellation_in_a_further_transaction_still_reports_who_has_the_message(bool async)
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = SmtpTestServer.Start(new() { Pipelining = false, Chunking = false });
        server.Script.On(SmtpStep.RcptTo).After(1).Times(1).Reply(452, "4.5.3 Too many recipients");
        server.Script.On(SmtpStep.MailFrom).After(1).Do(_ => cancellation.Cancel());
        server.Script.On(SmtpStep.RcptTo).After(1).Hang();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var canceled = await Assert.ThrowsAsync<SendCanceledException>(
            () => SendAsync(transporter, async, NewMail(Recipients(2)), cancellation.Token));

        Assert.Equal((Outcome.PartiallyAccepted, 452), (canceled.Result.Outcome, canceled.Result.Status));
        Assert.Equal([RecipientState.Accepted, RecipientState.Deferred], canceled.Result.Recipients.Select(r => r.State));
        Assert.Equal(["r1@example.org"], canceled.Result.RetryRecipients);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Recipients_of_a_further_message_that_may_have_arrived_are_not_retried(bool async)
    {
        // With chunks, the message is out before the replies to the recipients of its transaction arrive.
        await using var server = SmtpTestServer.Start(new() { Pipelining = true });
        server.Script.On(SmtpStep.RcptTo).After(1).Times(1).Reply(452, "4.5.3 Too many recipients");
        server.Script.On(SmtpStep.RcptTo).After(1).Times(1).ReplyRaw("250-one\r\n251 two\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(2)));

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Empty(result.RetryRecipients);
        Assert.All(result.Recipients, r => Assert.Equal(RecipientState.Accepted, r.State));
        // The first recipient certainly has the message.
        Assert.Equal([false, true], result.Recipients.Select(r => r.IsInDoubt));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_lost_before_the_second_message_is_replaced_for_the_rest(bool async)
    {
        await using var server = Start(pipelining: true, total: 15);
        server.Script.On(SmtpStep.MailFrom).After(1).Times(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(15))));

        Assert.Equal([10, 5], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_keeps_closing_before_the_second_message_leaves_the_rest_deferred(bool async)
    {
        await using var server = Start(pipelining: true, total: 15);
        server.Script.On(SmtpStep.MailFrom).After(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(15)));

        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
        Assert.Equal(Enumerable.Range(10, 5).Select(i => $"r{i}@example.org"), result.RetryRecipients);
        Assert.Equal(10, Assert.Single(server.Messages).Recipients.Count);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_at_its_message_limit_is_replaced_for_the_further_message(bool async)
    {
        await using var server = Start(pipelining: true, total: 15);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxMessagesPerConnection = 1 });

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(15))));

        Assert.Equal([10, 5], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_accepts_no_further_recipient_is_asked_only_once_more(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Pipelining = true });
        server.Script.On(SmtpStep.RcptTo).After(1).Reply(452, "4.5.3 Too many recipients");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(4)));

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.Equal(3, result.RetryRecipients.Count);
        Assert.Equal(5, server.Sessions.Single().Commands.Count(c => c.StartsWith("RCPT", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, 451, false)]
    [InlineData(SmtpStep.MailFrom, 550, true)]
    [InlineData(SmtpStep.Data, 451, true)]
    [InlineData(SmtpStep.EndOfData, 554, false)]
    public async Task A_refusal_of_the_second_transaction_applies_to_its_recipients_only(SmtpStep step, int code, bool async)
    {
        await using var server = Start(pipelining: true, total: 15);
        server.Script.On(step).After(1).Times(1).Reply(code, "No more");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(15)));

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.Equal(10, result.Recipients.Count(r => r.State == RecipientState.Accepted));
        Assert.Equal(5, result.Recipients.Count(r => r.Status == code && r.StatusText == "No more"));
        Assert.Equal(10, Assert.Single(server.Messages).Recipients.Count);
    }

    [Theory]
    [InlineData(SmtpStep.Data, Outcome.Accepted, false)]
    [InlineData(SmtpStep.Data, Outcome.Accepted, true)]
    [InlineData(SmtpStep.EndOfData, Outcome.Unknown, false)]
    [InlineData(SmtpStep.EndOfData, Outcome.Unknown, true)]
    public async Task A_connection_lost_in_the_second_transaction_is_replaced_before_the_end_of_the_message_and_never_after_it(
        SmtpStep step, Outcome outcome, bool async)
    {
        await using var server = Start(pipelining: true, total: 15);
        server.Script.On(step).After(1).Times(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(15)));

        Assert.Equal(outcome, result.Outcome);
        Assert.Empty(result.RetryRecipients);
        Assert.Equal(outcome == Outcome.Unknown ? 1 : 2, server.Sessions.Count);
        // The server has kept what it did not answer for.
        Assert.Equal(15, server.Messages.SelectMany(m => m.Recipients).Distinct().Count());
        Assert.Equal(15, server.Messages.Sum(m => m.Recipients.Count));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_that_accepts_no_further_recipient_is_not_asked_forever(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "r1@").Reply(452, "4.5.3 Too many recipients");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail(Recipients(2)));

        Assert.Equal((Outcome.PartiallyAccepted, 452), (result.Outcome, result.Status));
        Assert.Equal(["r1@example.org"], result.RetryRecipients);
        Assert.Single(server.Messages);
        AssertAccepted(await SendAsync(transporter, async));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Pipelining_can_be_switched_off(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var answered = new List<int>();
        server.Script.On(SmtpStep.RcptTo).Do(s => answered.Add(s.Commands.Count));
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Pipelining = false });

        AssertAccepted(await SendAsync(transporter, async, NewMail(Recipients(3))));

        Assert.Equal(3, answered.Count);
        Assert.Equal(server.Sessions[0].Transcript.Count(l => l.StartsWith("C: RCPT", StringComparison.Ordinal)), answered.Count);
        var dialogue = server.Sessions[0].Transcript
            .SkipWhile(l => !l.StartsWith("C: MAIL", StringComparison.Ordinal)).Take(8).Select(l => l[0]);
        Assert.Equal("CSCSCSCS", string.Concat(dialogue));
    }

    [Theory]
    [InlineData(SmtpStep.Auth, false)]
    [InlineData(SmtpStep.Auth, true)]
    [InlineData(SmtpStep.MailFrom, true)]
    [InlineData(SmtpStep.RcptTo, false)]
    public async Task A_password_that_the_server_echoes_does_not_reach_the_result(SmtpStep step, bool async)
    {
        var path = Path.GetTempFileName();
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        var plain = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{User}\0{Password}"));
        server.Script.On(step).Reply(535, $"5.7.8 Wrong: {Password} in {plain}");
        SendResult result;
        await using (var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AuthenticationMode = AuthenticationMode.Plain, LogFile = path }))
            result = await SendAsync(transporter, async);

        Assert.Equal(535, result.Status);
        var seen = string.Join(
            '\n', [Describe(result), .. result.Recipients.Select(r => r.ToString()), await File.ReadAllTextAsync(path, Cancellation)]);
        File.Delete(path);
        Assert.Contains("***", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, seen, StringComparison.Ordinal);
        Assert.DoesNotContain(plain, seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Password))[..16], seen, StringComparison.Ordinal);
    }
}
