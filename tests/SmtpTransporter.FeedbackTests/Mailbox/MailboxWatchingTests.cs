using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class MailboxWatchingTests : MailboxTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_server_tells_of_a_new_message()
    {
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("complaint"));

        var message = await next;

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", message.Id);
        Assert.Equal(2, Server.Seen.Count(c => c.StartsWith("UID SEARCH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Whoever_reads_what_is_there_can_wait_for_more_like_for_that_of_any_source()
    {
        Server.Deliver(FormFile.Read("complaint"));
        IFeedbackSource mailbox = Open();
        await using (var messages = mailbox.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation))
            await (await NextAsync(messages)).CompleteAsync(Cancellation);
        var waiting = mailbox.WaitAsync(TimeSpan.FromDays(1), Cancellation);
        await Server.WaitForAsync("IDLE", Cancellation);
        Assert.False(waiting.IsCompleted);

        Server.Deliver(FormFile.Read("complaint"));
        await waiting;

        await using var further = mailbox.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=2", (await NextAsync(further)).Id);
        Assert.False(await further.MoveNextAsync());
    }

    [Fact]
    public async Task The_waiting_for_more_ends_with_its_time()
    {
        IFeedbackSource mailbox = Open();
        Assert.False(await mailbox.ReadAsync(Cancellation).AnyAsync(Cancellation));
        var waiting = mailbox.WaitAsync(TimeSpan.FromSeconds(17), Cancellation);
        await Server.WaitForAsync("IDLE", Cancellation);

        await Time.PassAsync(TimeSpan.FromSeconds(17), Cancellation);
        await waiting;

        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = mailbox.WaitAsync(TimeSpan.FromSeconds(-1), Cancellation); });
    }

    [Fact]
    public async Task A_message_that_comes_as_another_goes_is_seen()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await (await NextAsync(messages)).CompleteAsync(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);

        Server.Replace(0, FormFile.Read("complaint"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=2", (await next).Id);
    }

    [Fact]
    public async Task A_server_that_cannot_tell_is_asked_each_interval()
    {
        Server.Capabilities = "IMAP4rev1 AUTH=PLAIN";
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Time.PassAsync(Minute, Cancellation);
        await Server.WaitForAsync("NOOP", Cancellation);
        await Server.WaitForAsync("NOOP", Cancellation);
        await Server.WaitForAsync("UID SEARCH", Cancellation);
        Server.Deliver(FormFile.Read("complaint"));
        await Time.PassAsync(Minute, Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
        Assert.DoesNotContain("IDLE", Server.Seen);
    }

    [Fact]
    public async Task The_waiting_is_renewed()
    {
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        await Time.PassAsync(TimeSpan.FromMinutes(9), Cancellation);
        await Server.WaitForAsync("DONE", Cancellation);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("complaint"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
    }

    [Fact]
    public async Task A_cancellation_ends_the_waiting_although_the_server_is_silent()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Server.Answer = command => command == "DONE" ? "silent" : null;
        await using var messages = Open().WatchAsync(source.Token).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_server_that_does_not_end_the_waiting_is_left_after_the_limit()
    {
        Server.Answer = command => command == "DONE" ? "silent" : null;
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        await Time.PassAsync(TimeSpan.FromMinutes(9), Cancellation);
        await Server.WaitForAsync("DONE", Cancellation);
        Time.Advance(TimeSpan.FromSeconds(100));
        await Time.PassAsync(TimeSpan.FromSeconds(1), Cancellation);
        Server.Deliver(FormFile.Read("complaint"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
    }

    [Fact]
    public async Task After_a_lost_connection_it_connects_again_with_growing_pauses()
    {
        var lost = 0;
        Server.Answer = command => command.StartsWith("UID SEARCH", StringComparison.Ordinal) && ++lost <= 3 ? "" : null;
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        foreach (var seconds in new[] { 1, 2, 4 })
            await Time.PassAsync(TimeSpan.FromSeconds(seconds), Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
        Assert.Equal(4, Server.Seen.Count(c => c.StartsWith("AUTHENTICATE", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_not_completed_comes_again_after_the_interval_and_what_is_does_not()
    {
        Server.Deliver(FormFile.Read("complaint"));
        Server.Deliver(FormFile.Read("qmail"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await NextAsync(messages);
        await (await NextAsync(messages)).CompleteAsync(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        await Time.PassAsync(Minute, Cancellation);
        var again = await next;
        await again.CompleteAsync(Cancellation);
        var last = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("exim"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", again.Id);
        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=3", (await last).Id);
    }

    [Fact]
    public async Task What_is_never_completed_comes_again_after_longer_and_longer()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await NextAsync(messages);
        foreach (var minutes in new[] { 1, 2, 4 })
        {
            var next = NextAsync(messages);
            await Time.PassAsync(TimeSpan.FromMinutes(minutes), Cancellation);
            Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", (await next).Id);
        }
    }

    [Fact]
    public async Task What_is_only_looked_at_comes_once()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open(Options with { IsReadOnly = true }).WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await NextAsync(messages);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);
        await Time.PassAsync(TimeSpan.FromMinutes(9), Cancellation);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("qmail"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=2", (await next).Id);
    }

    [Fact]
    public async Task A_message_is_completed_while_the_next_one_is_waited_for()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await using var messages = Open().WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var first = await NextAsync(messages);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);

        await first.CompleteAsync(Cancellation);
        await Server.WaitForAsync("IDLE", Cancellation);
        Server.Deliver(FormFile.Read("qmail"));

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=2", (await next).Id);
        Assert.Contains("UID STORE 1 +FLAGS.SILENT ($FeedbackRead)", Server.Seen);
    }

    [Fact]
    public async Task Disposing_ends_the_waiting()
    {
        var mailbox = Open();
        await using var messages = mailbox.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = NextAsync(messages);
        await Server.WaitForAsync("IDLE", Cancellation);

        await mailbox.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
        Assert.Equal("LOGOUT", Server.Seen[^1]);
    }
}
