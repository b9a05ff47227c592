using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class FolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("feedback").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_comes_until_it_is_completed(bool isMaildir)
    {
        var arrived = Create(isMaildir);
        await File.WriteAllBytesAsync(Path.Combine(arrived, "1"), FormFile.Read("dsn-failed"), Cancellation);
        await File.WriteAllBytesAsync(Path.Combine(arrived, ".hidden"), FormFile.Read("dsn-failed"), Cancellation);

        // Each source is one after a restart.
        var first = Assert.Single(await ReadAsync());
        var again = Assert.Single(await ReadAsync());
        await again.CompleteAsync(Cancellation);
        await first.CompleteAsync(Cancellation);

        Assert.Equal("1", first.Id);
        Assert.Equal("1", again.Id);
        Assert.Empty(await ReadAsync());
        Assert.True(File.Exists(Path.Combine(_folder, isMaildir ? "cur/1:2,S" : "read/1")));
    }

    [Theory]
    [InlineData(false, "read/1", "read/1-2")]
    [InlineData(true, "cur/1:2,S", "cur/1-2:2,S")]
    public async Task A_completed_message_replaces_no_earlier_one_of_the_same_name(bool isMaildir, string first, string second)
    {
        var arrived = Create(isMaildir);
        foreach (var form in new[] { "qmail", "exim" })
        {
            await File.WriteAllBytesAsync(Path.Combine(arrived, "1"), FormFile.Read(form), Cancellation);
            await Assert.Single(await ReadAsync()).CompleteAsync(Cancellation);
        }

        Assert.Equal(FormFile.Read("qmail"), await File.ReadAllBytesAsync(Path.Combine(_folder, first), Cancellation));
        Assert.Equal(FormFile.Read("exim"), await File.ReadAllBytesAsync(Path.Combine(_folder, second), Cancellation));
    }

    [Theory]
    [InlineData("1:2,", "cur/1:2,S")]
    [InlineData("1:2,TF", "cur/1:2,FST")]
    [InlineData("1:2,S", "cur/1:2,S")]
    public async Task Flags_in_the_name_are_kept_and_are_no_part_of_the_id(string name, string completed)
    {
        await File.WriteAllBytesAsync(Path.Combine(Create(isMaildir: true), name), FormFile.Read("qmail"), Cancellation);

        var message = Assert.Single(await ReadAsync());
        await message.CompleteAsync(Cancellation);

        Assert.Equal("1", message.Id);
        Assert.True(File.Exists(Path.Combine(_folder, completed)));
    }

    [Fact]
    public async Task A_file_that_is_still_written_is_skipped()
    {
        await File.WriteAllBytesAsync(Path.Combine(Create(isMaildir: false), "1.part"), FormFile.Read("qmail"), Cancellation);

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Messages_come_in_the_order_in_which_they_arrived()
    {
        var arrived = Create(isMaildir: false);
        foreach (var (name, day) in new[] { ("c", 1), ("a", 2), ("b", 2) })
        {
            await File.WriteAllBytesAsync(Path.Combine(arrived, name), FormFile.Read("qmail"), Cancellation);
            File.SetLastWriteTimeUtc(Path.Combine(arrived, name), new DateTime(2026, 11, day, 0, 0, 0, DateTimeKind.Utc));
        }

        Assert.Equal(["c", "a", "b"], (await ReadAsync()).Select(m => m.Id));
    }

    [Fact]
    public async Task A_message_is_read_as_feedback()
    {
        await File.WriteAllBytesAsync(Path.Combine(Create(isMaildir: true), "1"), FormFile.Read("complaint"), Cancellation);
        var message = Assert.Single(await ReadAsync());

        await using var stream = await message.OpenAsync(Cancellation);
        var feedback = await new FeedbackReader().ReadAsync(stream, Cancellation);

        Assert.Equal(FeedbackKind.Complaint, feedback?.Kind);
    }

    [Fact]
    public async Task What_another_program_has_taken_away_is_skipped()
    {
        var arrived = Create(isMaildir: false);
        await File.WriteAllBytesAsync(Path.Combine(arrived, "1"), FormFile.Read("qmail"), Cancellation);
        await File.WriteAllBytesAsync(Path.Combine(arrived, "2"), FormFile.Read("qmail"), Cancellation);
        var ids = new List<string>();

        await foreach (var message in new FeedbackFolder(_folder).ReadAsync(Cancellation))
        {
            ids.Add(message.Id);
            File.Delete(Path.Combine(arrived, "2"));
        }

        Assert.Equal(["1"], ids);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var exception = Assert.Throws<DirectoryNotFoundException>(() => new FeedbackFolder(Path.Combine(_folder, "none")));

        Assert.Contains("none", exception.Message, StringComparison.Ordinal);
    }

    private async Task<List<FeedbackMessage>> ReadAsync()
    {
        var messages = new List<FeedbackMessage>();
        await foreach (var message in new FeedbackFolder(_folder).ReadAsync(Cancellation))
            messages.Add(message);
        return messages;
    }

    private string Create(bool isMaildir)
    {
        if (!isMaildir)
            return _folder;
        Directory.CreateDirectory(Path.Combine(_folder, "cur"));
        Directory.CreateDirectory(Path.Combine(_folder, "tmp"));
        return Directory.CreateDirectory(Path.Combine(_folder, "new")).FullName;
    }
}
