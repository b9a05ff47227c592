using Xunit;

namespace SmtpTransport.Tests;

public sealed class FileTokenStoreTests : OAuthTest
{
    [Fact]
    public async Task A_token_is_kept_in_a_file_that_only_its_owner_can_read()
    {
        using var scratch = new Scratch();
        var path = Path.Combine(scratch.Folder, "new", "token");
        var store = new FileTokenStore(path);

        var none = await store.ReadAsync(Cancellation);
        await store.WriteAsync("first", Cancellation);
        await store.WriteAsync("second", Cancellation);

        Assert.Null(none);
        Assert.Equal("second", await new FileTokenStore(path).ReadAsync(Cancellation));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_file_that_others_could_read_is_replaced_by_one_that_they_cannot()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("token", "first");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        await new FileTokenStore(path).WriteAsync("second", Cancellation);

        Assert.Equal("second\n", await File.ReadAllTextAsync(path, Cancellation));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task After_a_loss_of_power_there_is_the_old_token_or_the_new_one()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("token", "first\n");
        var steps = new List<(string Flushed, string Draft, string Token)>();
        DiskFlush.OnFlushed.Value = flushed => steps.Add(
            (flushed, flushed == scratch.Folder ? "" : File.ReadAllText(flushed), File.ReadAllText(path)));

        await new FileTokenStore(path).WriteAsync("second", Cancellation);

        // The whole draft is on the disk before it takes the place of the file, and its name afterwards.
        Assert.Equal([("second\n", "first\n"), ("", "second\n")], steps.Select(s => (s.Draft, s.Token)));
        Assert.Equal(scratch.Folder, steps[1].Flushed);
    }

    [Fact]
    public async Task A_token_that_cannot_be_stored_leaves_no_file_behind()
    {
        using var scratch = new Scratch();
        var path = Path.Combine(scratch.Folder, "token");
        Directory.CreateDirectory(path);

        await Assert.ThrowsAnyAsync<Exception>(() => new FileTokenStore(path).WriteAsync("second", Cancellation).AsTask());

        Assert.Empty(Directory.GetFiles(scratch.Folder));
    }

    [Fact]
    public void Stores_are_equal_if_they_have_the_same_path()
    {
        Assert.Equal(new FileTokenStore("a"), new FileTokenStore(Path.GetFullPath("a")));
        Assert.Equal(new FileTokenStore("a").GetHashCode(), new FileTokenStore("a").GetHashCode());
        Assert.NotEqual(new FileTokenStore("a"), new FileTokenStore("b"));
        Assert.Equal(Path.GetFullPath("a"), new FileTokenStore("a").ToString());
    }
}
