using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>The commands for the suppression list of an outbox.</summary>
public sealed class SuppressCommandTests : IAsyncLifetime
{
    private readonly ToolHost _tool = new();
    private ServiceProvider? _services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IOutbox Outbox => _services!.GetRequiredService<IOutbox>();

    public async ValueTask InitializeAsync()
    {
        var database = $"Data Source={Path.Combine(_tool.Folder, "outbox.db")}";
        _tool.Variables["OUTBOX_DATABASE"] = database;
        var services = new ServiceCollection();
        services.AddSmtpOutbox(o => o.UseSqlite(database).EnableWorker = false);
        _services = services.BuildServiceProvider();
        await EnqueueAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _tool.Dispose();
    }

    [Fact]
    public async Task An_address_is_added_listed_and_removed()
    {
        var id = await EnqueueAsync();

        Assert.Equal(0, await _tool.RunAsync(
            "outbox", "suppress", "add", "--recipient", "Ann@example.org", "--stream", "newsletter", "--cause", "complaint", "--reason",
            "a call", "--by", "bob"));
        Assert.Equal("Ann@example.org was added: no email of \"newsletter\" to it begins any more.", Output());
        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "list"));
        Assert.EndsWith("  Ann@example.org  Complaint of \"newsletter\"  bob  a call", Output(), StringComparison.Ordinal);
        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "list", "--recipient", "bob@example.org"));
        Assert.Contains("No entries.", _tool.Errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await _tool.RunAsync("outbox", "suppress", "remove", "--recipient", "ann@example.org"));
        Assert.Equal("ann@example.org has no entry for all emails.", Output());
        Assert.Equal(
            0, await _tool.RunAsync("outbox", "suppress", "remove", "--recipient", "ann@example.org", "--stream", "newsletter"));
        Assert.StartsWith("ann@example.org was removed.", Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_go_into_a_file_and_come_from_one_or_from_the_standard_input()
    {
        _tool.Input = Encoding.UTF8.GetBytes("address,reason\n+ann@example.org,HardBounce\nbob@example.org,\n");
        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "import", "--input", "-"));
        Assert.Equal("2 suppressions were added.", Output());
        var file = Path.Combine(_tool.Folder, "list.csv");

        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "export", "--output", file));

        Assert.Contains("'+ann@example.org,,HardBounce,", await File.ReadAllTextAsync(file, Cancellation), StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(_tool.Folder, "list.csv*"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "import", "--input", file));
        Assert.Equal("0 suppressions were added.", Output());
        Assert.Equal(0, await _tool.RunAsync("outbox", "suppress", "export"));
        Assert.Contains("bob@example.org,,Manual,", Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_valid_is_named()
    {
        Assert.Equal(64, await _tool.RunAsync("outbox", "suppress", "add", "--recipient", "ann"));
        Assert.Contains("Address is not one valid address", _tool.Errors.ToString(), StringComparison.Ordinal);
        var file = _tool.Write("list.csv", "address\nann\n");
        Assert.Equal(64, await _tool.RunAsync("outbox", "suppress", "import", "--input", file));
        Assert.Contains("list.csv: Line 2: Address is not one valid address", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    private Task<Guid> EnqueueAsync() => Outbox.EnqueueAsync(
        new Email { From = "shop@example.com", To = "ann@example.org", Subject = "News", TextBody = "News", Stream = "newsletter" },
        cancellationToken: Cancellation);

    private string Output() => _tool.Output.ToString().Trim();
}
