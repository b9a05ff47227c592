using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using SmtpTransport.Outbox;
using SmtpTransport.Tool;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>What an operator of an outbox is told: names, numbers, and what an action is about to do.</summary>
public sealed class OutboxOperatingTests : IAsyncLifetime
{
    private readonly ToolHost _tool = new();
    private ServiceProvider? _services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => $"Data Source={Path.Combine(_tool.Folder, "outbox.db")}";

    private IOutbox Outbox => _services!.GetRequiredService<IOutbox>();

    public async ValueTask InitializeAsync()
    {
        _tool.Variables["OUTBOX_DATABASE"] = Database;
        var services = new ServiceCollection();
        services.AddSmtpOutbox(o => o.UseSqlite(Database).EnableWorker = false);
        _services = services.BuildServiceProvider();
        await EnqueueAsync("ann@example.org", "");
        await EnqueueAsync("ann@example.org", "tenant-17");
        await EnqueueAsync("bob@example.org", "tenant-17");
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _tool.Dispose();
    }

    [Fact]
    public async Task The_lanes_are_listed_with_what_holds_them()
    {
        await _tool.RunAsync("outbox", "pause", "--lane", "tenant-17", "--by", "ann", "--reason", "bounces");

        Assert.Equal(0, await _tool.RunAsync("outbox", "lanes"));

        var lines = Lines();
        Assert.Equal(["TRANSPORTER", "LANE", "WAITING", "SENDING", "FIRST", "PAUSED"], Words(lines[0]));
        Assert.Equal(["''", "''", "1", "0", "due"], Words(lines[1])[..5]);
        Assert.DoesNotContain("bounces", lines[1]);
        Assert.Equal(["''", "tenant-17", "2", "0", "due"], Words(lines[2])[..5]);
        Assert.EndsWith("lane \"tenant-17\" of all transporters, by ann: bounces", lines[2]);
        Assert.Equal("", _tool.Errors.ToString());

        await _tool.RunAsync("outbox", "lanes", "--limit", "1");
        Assert.Equal(2, Lines().Length);
        Assert.Contains("There may be more: --limit shows up to 500.", _tool.Errors.ToString());
        await _tool.RunAsync("outbox", "cancel", "--yes");
        await _tool.RunAsync("outbox", "lanes");
        Assert.Contains("No lane has emails that wait or are being sent.", _tool.Errors.ToString());
    }

    [Theory]
    [InlineData("lane \"tenant-71\" of all transporters", "--lane", "tenant-71")]
    [InlineData("transporter \"sse\"", "--transporter", "sse")]
    public async Task A_pause_of_what_no_email_has_is_noted(string what, params string[] names)
    {
        Assert.Equal(0, await _tool.RunAsync(["outbox", "pause", .. names]));
        Assert.Contains($"Note: no email of {what} waits or is being sent.", _tool.Errors.ToString());
    }

    [Theory]
    [InlineData("--lane", "tenant-17")]
    [InlineData("--transporter", "")]
    [InlineData]
    public async Task A_pause_of_what_emails_have_says_no_more(params string[] names)
    {
        Assert.Equal(0, await _tool.RunAsync(["outbox", "pause", .. names]));
        Assert.Equal("", _tool.Errors.ToString());
    }

    [Fact]
    public async Task The_status_has_all_states()
    {
        await _tool.RunAsync("outbox", "status");

        var lines = _tool.Screen.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["Waiting: 3", "Sending: 0", "Sent: 0", "DeadLettered: 0", "Unknown: 0", "Canceled: 0", "Discarded: 0"], lines[..7]);
        Assert.Matches("^Due: 3, the oldest for [0-9]+ (s|min)", lines[7]);
    }

    [Theory]
    [InlineData("0 s", "00:00:00.5")]
    [InlineData("59 s", "00:00:59")]
    [InlineData("2 min", "00:02:00")]
    [InlineData("2 min 5 s", "00:02:05")]
    [InlineData("12 h 56 min", "12:56:17")]
    [InlineData("3 d 4 h", "3.04:59:00")]
    [InlineData("1,000 d", "1000.00:59:00")]
    public void A_time_is_told_in_its_two_largest_units(string expected, string time) =>
        Assert.Equal(expected, Lasting.Of(TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public async Task An_action_names_its_filters_before_it_begins()
    {
        Assert.Equal(64, await _tool.RunAsync("outbox", "cancel", "--lane", "tenant-17", "--recipient", "bob@example.org"));
        Assert.Contains(
            "They will be canceled: --recipient \"bob@example.org\", --lane \"tenant-17\".", _tool.Errors.ToString());

        Assert.Equal(64, await _tool.RunAsync("outbox", "cancel"));
        Assert.Contains("They will be canceled: all of them, without a filter.", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_resend_is_undone_by_who_decided_it()
    {
        await _tool.RunAsync("outbox", "cancel", "--yes", "--lane", "tenant-17");
        await _tool.RunAsync("outbox", "resend", "--yes", "--state", "Canceled", "--by", "ann, ticket 4711");

        Assert.Equal(0, await _tool.RunAsync("outbox", "cancel", "--yes", "--decided-by", "ann, ticket 4711"));

        Assert.Contains("2 emails were canceled.", _tool.Screen.ToString());
        await _tool.RunAsync("outbox", "count", "--state", "Waiting");
        Assert.Equal(["1"], Lines());
    }

    [Fact]
    public async Task An_erasure_says_before_what_it_erases_and_what_stays()
    {
        await Outbox.CancelAsync(new OutboxQuery { Lane = "" }, "ann", cancellationToken: Cancellation);

        Assert.Equal(64, await _tool.RunAsync("outbox", "erase", "--recipient", "ann@example.org"));
        Assert.Contains(
            "2 emails to ann@example.org: 1 has ended, 1 waits (it stays, without --cancel-waiting).", _tool.Screen.ToString());
        Assert.Equal(64, await _tool.RunAsync("outbox", "erase", "--recipient", "ann@example.org", "--cancel-waiting"));
        Assert.Contains("2 emails to ann@example.org: 1 has ended, 1 waits.", _tool.Screen.ToString());
    }

    [Fact]
    public async Task An_erasure_takes_the_address_out_of_the_suppression_list_although_there_is_no_email_any_more()
    {
        await _tool.RunAsync("outbox", "suppress", "add", "--recipient", "eve@example.org", "--cause", "complaint");

        Assert.Equal(64, await _tool.RunAsync("outbox", "erase", "--recipient", "eve@example.org"));
        Assert.Contains("0 emails to eve@example.org.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "erase", "--recipient", "eve@example.org", "--yes"));

        Assert.Contains("0 emails were erased.", _tool.Screen.ToString());
        var page = await _services!.GetRequiredService<ISuppressionList>().ListAsync(cancellationToken: Cancellation);
        Assert.DoesNotContain(page.Entries, e => e.Address.Length > 0);
    }

    [Fact]
    public async Task An_export_says_how_many_it_has_written()
    {
        await _tool.RunAsync("outbox", "export");
        Assert.Equal("3 emails written.", _tool.Errors.ToString().Trim());

        await _tool.RunAsync("outbox", "export", "--state", "DeadLettered");
        Assert.Empty(Lines());
        Assert.Equal("0 emails written.", _tool.Errors.ToString().Trim());
    }

    [Fact]
    public async Task A_list_goes_on_behind_pages_with_nothing_until_it_has_as_many_as_wanted()
    {
        var found = (await Outbox.ListAsync(cancellationToken: Cancellation)).Entries;
        var outbox = Pages(new([], "1"), new([found[0]], "2"), new([], "3"), new([found[1]], "4"));

        Assert.Equal(0, await ListAsync(outbox.Object, 2, Cancellation));

        Assert.Equal(2, Lines().Length);
        Assert.Equal("There are more: --page 4", _tool.Errors.ToString().Trim());
        outbox.Verify(o => o.ListAsync(It.IsAny<OutboxQuery>(), 1, "2", false, Cancellation));
    }

    [Fact]
    public async Task A_list_that_is_canceled_says_where_it_was()
    {
        using var source = new CancellationTokenSource();
        var outbox = Pages(new OutboxListPage([], "1"));
        outbox.Setup(o => o.ListAsync(It.IsAny<OutboxQuery>(), 2, "1", false, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new OperationCanceledException());

        await Assert.ThrowsAsync<OperationCanceledException>(() => ListAsync(outbox.Object, 2, source.Token));

        Assert.Equal("To go on from here: --page 1", _tool.Errors.ToString().Trim());
    }

    private static Mock<IOutbox> Pages(params OutboxListPage[] pages)
    {
        var outbox = new Mock<IOutbox>();
        for (var i = 0; i < pages.Length; i++)
        {
            var (page, result) = (i == 0 ? null : $"{i}", pages[i]);
            outbox.Setup(o => o.ListAsync(It.IsAny<OutboxQuery>(), It.IsAny<int>(), page, false, It.IsAny<CancellationToken>()))
                .ReturnsAsync(result);
        }
        return outbox;
    }

    private Task<int> ListAsync(IOutbox outbox, int limit, CancellationToken cancellationToken) =>
        new OutboxReader(outbox, new ToolContext(null!, _tool.Output, _tool.Errors, _ => null)).ListAsync(
            new OutboxQuery(), limit, null, "text", cancellationToken);

    private string[] Lines() => _tool.Output.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private Task<Guid> EnqueueAsync(string to, string lane) => Outbox.EnqueueAsync(
        new Email { From = "shop@example.com", To = to, Subject = "Hello", TextBody = "Hello" }, lane: lane,
        cancellationToken: Cancellation);
}
