using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class MailboxRecoveryTests : MailboxTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task After_a_failure_calls_fail_at_once_until_the_pause_is_over()
    {
        Server.Deliver(FormFile.Read("complaint"));
        var message = Assert.Single(await ReadAsync(Open()));
        Server.Answer = _ => "";
        var first = await Assert.ThrowsAsync<FeedbackMailboxException>(() => message.OpenAsync(Cancellation));
        var commands = Server.Seen.Count;

        var second = await Assert.ThrowsAsync<FeedbackMailboxException>(() => message.CompleteAsync(Cancellation));

        Assert.Equal((first.Message, true, commands), (second.Message, second.IsTransient, Server.Seen.Count));
        Server.Answer = _ => null;
        Time.Advance(Minute);
        await message.CompleteAsync(Cancellation);
        Assert.Contains("UID STORE 1 +FLAGS.SILENT ($FeedbackRead)", Server.Seen);
    }

    [Fact]
    public async Task The_rest_is_given_after_the_connection_is_there_again()
    {
        Server.Deliver(FormFile.Read("complaint"));
        Server.Deliver(FormFile.Read("qmail"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var first = await NextAsync(messages);
        Server.Answer = _ => "";
        await Assert.ThrowsAsync<FeedbackMailboxException>(() => first.OpenAsync(Cancellation));
        Server.Answer = _ => null;
        var next = NextAsync(messages);
        await Time.PassAsync(TimeSpan.FromSeconds(2), Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=2", (await next).Id);
        Assert.Equal(2, Server.Seen.Count(c => c.StartsWith("UID SEARCH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_pauses_grow_although_each_attempt_takes_long()
    {
        Server.Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "silent" : null;
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        foreach (var seconds in new[] { 1, 2 })
        {
            await Server.WaitForAsync("AUTHENTICATE", Cancellation);
            Time.Advance(Options.Server.ConnectionTimeout);
            await Time.PassAsync(TimeSpan.FromSeconds(seconds), Cancellation);
        }
        await Server.WaitForAsync("AUTHENTICATE", Cancellation);
        Server.Answer = _ => null;
        Time.Advance(Options.Server.ConnectionTimeout);
        await Time.PassAsync(TimeSpan.FromSeconds(4), Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
    }

    [Fact]
    public async Task Disposing_ends_a_command_that_is_under_way()
    {
        Server.Deliver(FormFile.Read("complaint"));
        var mailbox = Open();
        var message = Assert.Single(await ReadAsync(mailbox));
        Server.Answer = command => command.StartsWith("UID FETCH", StringComparison.Ordinal) ? "silent" : null;
        var opening = message.OpenAsync(Cancellation);
        await Server.WaitForAsync("UID FETCH", Cancellation);

        await mailbox.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => opening);
    }

    [Theory]
    [InlineData("BAD what is that", false)]
    [InlineData("NO [NOPERM] not yours", false)]
    [InlineData("NO [SERVERBUG] some day", true)]
    public async Task A_refused_command_passes_or_lasts(string answer, bool isTransient)
    {
        Server.Answer = command => command.StartsWith("UID SEARCH", StringComparison.Ordinal) ? answer : null;

        var exception = await FailAsync(Open());

        Assert.Equal(isTransient, exception.IsTransient);
        Assert.Contains("The server refused: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_was_accepted_before_is_tried_again_after_a_minute()
    {
        Server.Deliver(FormFile.Read("complaint"));
        var mailbox = Open();
        Assert.Single(await ReadAsync(mailbox));
        Server.Answer = command => command == "NOOP" ? ""
            : command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "NO Login failed" : null;
        var exception = await FailAsync(mailbox);
        Server.Answer = _ => null;
        Time.Advance(TimeSpan.FromSeconds(59));
        var again = await FailAsync(mailbox);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Single(await ReadAsync(mailbox));
        Assert.True(exception.IsTransient);
        Assert.Equal(exception.Message, again.Message);
    }

    [Fact]
    public async Task A_server_that_refuses_to_tell_is_asked()
    {
        Server.Answer = command => command == "IDLE" ? "NO not now" : null;
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("complaint"));
        await Time.PassAsync(Minute, Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
        Assert.Single(Server.Seen, "IDLE");
    }

    [Fact]
    public async Task Without_MOVE_and_the_flag_Deleted_the_folder_is_refused()
    {
        Server.Capabilities = "IMAP4rev1 AUTH=PLAIN UIDPLUS";
        Server.PermanentFlags = @"\Seen";

        var exception = await FailAsync(Open(Options with { MoveTo = "Done" }));

        Assert.False(exception.IsTransient);
        Assert.Contains("Set MoveTo to null", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_copied_once_although_the_connection_is_lost()
    {
        var stores = 0;
        Server.Capabilities = "IMAP4rev1 AUTH=PLAIN UIDPLUS";
        Server.Answer = command => command.StartsWith("UID STORE", StringComparison.Ordinal) && ++stores == 1 ? "" : null;
        Server.Deliver(FormFile.Read("complaint"));
        var options = Options with { MoveTo = "Done" };

        await Assert.Single(await ReadAsync(Open(options))).CompleteAsync(Cancellation);

        Assert.Equal([1u], Server.Moved);
        Assert.Equal("UID EXPUNGE 1", Server.Seen[^1]);
    }
}
