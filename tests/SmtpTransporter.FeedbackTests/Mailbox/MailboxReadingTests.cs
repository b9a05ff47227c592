using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class MailboxReadingTests : MailboxTest
{
    [Fact]
    public async Task A_message_comes_until_it_is_completed_and_then_not_to_another_reader()
    {
        Server.Deliver(FormFile.Read("complaint"));

        var first = Assert.Single(await ReadAsync(Open()));
        var again = Assert.Single(await ReadAsync(Open()));
        await again.CompleteAsync(Cancellation);
        await first.CompleteAsync(Cancellation);

        Assert.Equal("INBOX;UIDVALIDITY=7/;UID=1", first.Id);
        Assert.Equal(first.Id, again.Id);
        Assert.Empty(await ReadAsync(Open()));
    }

    [Fact]
    public async Task A_message_is_read_as_feedback_and_no_further_than_the_reader_reads()
    {
        Server.Deliver(FormFile.Read("complaint"));
        var message = Assert.Single(await ReadAsync(Open()));

        await using var stream = await message.OpenAsync(Cancellation);
        var feedback = await new FeedbackReader().ReadAsync(stream, Cancellation);

        Assert.Equal(FeedbackKind.Complaint, feedback?.Kind);
        Assert.Contains($"UID FETCH 1 (BODY.PEEK[]<0.{FeedbackReader.MaxOctets + 1}>)", Server.Seen);
    }

    [Fact]
    public async Task With_Seen_as_the_flag_what_a_person_has_seen_does_not_come()
    {
        Server.PermanentFlags = @"\Seen \Deleted";
        Server.Deliver(FormFile.Read("complaint"));
        var options = Options with { ReadFlag = @"\Seen" };

        await Assert.Single(await ReadAsync(Open(options))).CompleteAsync(Cancellation);

        Assert.Empty(await ReadAsync(Open(options)));
        Assert.Contains(@"UID STORE 1 +FLAGS.SILENT (\Seen)", Server.Seen);
    }

    [Fact]
    public async Task A_server_without_keywords_is_refused_and_the_way_out_named()
    {
        Server.PermanentFlags = @"\Seen \Deleted";

        var exception = await FailAsync(Open());

        Assert.False(exception.IsTransient);
        Assert.Contains(@"Set ReadFlag to \Seen, or set MoveTo.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MOVE UIDPLUS", "UID MOVE 1 Done")]
    [InlineData("UIDPLUS", "UID COPY 1 Done", @"UID STORE 1 +FLAGS.SILENT (\Deleted)", "UID EXPUNGE 1")]
    [InlineData("", "SEARCH UID 1", "COPY 1 Done", @"UID STORE 1 +FLAGS.SILENT (\Deleted)")]
    public async Task A_completed_message_is_moved_by_what_the_server_offers(string capabilities, params string[] commands)
    {
        Server.Capabilities = $"IMAP4rev1 AUTH=PLAIN {capabilities}".TrimEnd();
        Server.Deliver(FormFile.Read("complaint"));
        var options = Options with { MoveTo = "Done" };

        await Assert.Single(await ReadAsync(Open(options))).CompleteAsync(Cancellation);

        Assert.Equal(
            commands, Server.Seen.SkipWhile(c => !c.StartsWith("UID SEARCH", StringComparison.Ordinal)).Skip(1));
        Assert.Equal([1u], Server.Moved);
        Assert.Empty(await ReadAsync(Open(options)));
    }

    [Fact]
    public async Task A_folder_that_is_only_looked_at_is_not_changed()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await Assert.Single(await ReadAsync(Open())).CompleteAsync(Cancellation);
        Server.Seen.Clear();

        var message = Assert.Single(await ReadAsync(Open(Options with { IsReadOnly = true })));

        await Assert.ThrowsAsync<InvalidOperationException>(() => message.CompleteAsync(Cancellation));
        Assert.Contains("EXAMINE INBOX", Server.Seen);
        Assert.DoesNotContain(Server.Seen, c => c.Contains("STORE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_the_folder_was_renumbered_nothing_is_marked_by_an_old_number()
    {
        Server.Deliver(FormFile.Read("complaint"));
        await using var mailbox = Open();
        var old = Assert.Single(await ReadAsync(mailbox));
        Server.Validity = 8;
        Server.Answer = command => command == "NOOP" ? "" : null;
        await FailAsync(mailbox);
        Server.Answer = _ => null;
        Time.Advance(TimeSpan.FromMinutes(1));

        var exception = await Assert.ThrowsAsync<FeedbackMailboxException>(() => old.CompleteAsync(Cancellation));

        Assert.Contains("UIDVALIDITY 7 is now 8", exception.Message, StringComparison.Ordinal);
        Assert.Equal("INBOX;UIDVALIDITY=8/;UID=1", Assert.Single(await ReadAsync(mailbox)).Id);
        Assert.DoesNotContain(Server.Seen, c => c.Contains("STORE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_someone_has_deleted_is_named_so()
    {
        Server.Deliver(FormFile.Read("complaint"));
        var message = Assert.Single(await ReadAsync(Open()));
        Server.Answer = command => command.StartsWith("UID FETCH", StringComparison.Ordinal) ? "OK" : null;

        var exception = await Assert.ThrowsAsync<FeedbackMailboxException>(() => message.OpenAsync(Cancellation));

        Assert.Contains("no longer in the folder", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_folder_is_named()
    {
        var exception = await FailAsync(Open(Options with { Folder = "None" }));

        Assert.False(exception.IsTransient);
        Assert.Contains("There is no folder \"None\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_messages_are_looked_for_in_parts()
    {
        for (var i = 0; i < 1001; i++)
            Server.Deliver("Subject: x\n\n"u8.ToArray());
        await using var messages = Open().ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var count = 0;
        while (await messages.MoveNextAsync())
            count++;

        Assert.Equal(1001, count);
        Assert.Equal(
            ["UID SEARCH UNDELETED UNKEYWORD $FeedbackRead", "UID SEARCH UID 1001:* UNDELETED UNKEYWORD $FeedbackRead"],
            Server.Seen.Where(c => c.StartsWith("UID SEARCH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_was_disposed_says_so()
    {
        var mailbox = Open();
        await mailbox.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => ReadAsync(mailbox));
    }
}
