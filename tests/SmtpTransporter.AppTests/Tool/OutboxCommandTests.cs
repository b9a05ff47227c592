using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>The commands that find the emails of an outbox and act on them.</summary>
public sealed class OutboxCommandTests : IAsyncLifetime
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
        await EnqueueAsync("ann@example.org", "Your receipt");
        await EnqueueAsync("bob@example.org", "=1+1");
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _tool.Dispose();
    }

    [Fact]
    public async Task A_list_shows_what_the_filters_leave()
    {
        Assert.Equal(0, await _tool.RunAsync(
            "outbox", "list", "--recipient", "ANN@example.org", "--state", "waiting", "--after", "2020-01-01"));

        var line = Assert.Single(Lines());
        Assert.Contains("Waiting", line);
        Assert.EndsWith("ann@example.org  Your receipt", line);
        var found = await Outbox.ListAsync(new OutboxQuery { Recipient = "ann@example.org" }, cancellationToken: Cancellation);
        Assert.Equal(0, await _tool.RunAsync("outbox", "list", "--id", $"{found.Entries[0].Id}"));
        Assert.Equal(line, Assert.Single(Lines()));
        Assert.Equal(0, await _tool.RunAsync("outbox", "list", "--before", "2020-01-01"));
        Assert.Empty(Lines());
        Assert.Contains("No emails.", _tool.Errors.ToString());
    }

    [Fact]
    public async Task Emails_are_found_by_the_time_at_which_they_ended()
    {
        var bob = new OutboxQuery { Recipient = "bob@example.org" };
        Assert.Equal(1, await Outbox.CancelAsync(bob, "ann", cancellationToken: Cancellation));

        Assert.Equal(0, await _tool.RunAsync("outbox", "list", "--ended-after", "2020-01-01", "--ended-before", "2999-01-01"));
        Assert.Contains("bob@example.org", Assert.Single(Lines()));
        Assert.Equal(0, await _tool.RunAsync("outbox", "count", "--ended-before", "2020-01-01"));
        Assert.StartsWith("0", Assert.Single(Lines()));
    }

    [Fact]
    public async Task A_wrong_id_or_option_names_the_command_that_has_the_help()
    {
        Assert.Equal(64, await _tool.RunAsync("outbox", "list", "--id", "17"));
        Assert.Contains("--id is \"17\"; it must be an id", _tool.Errors.ToString());
        Assert.Equal(64, await _tool.RunAsync("outbox", "list", "--lmit", "3"));
        Assert.Contains("For help: smtp-transporter outbox list --help", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_page_names_the_next_one()
    {
        await _tool.RunAsync("outbox", "list", "--limit", "1");
        var first = Assert.Single(Lines());
        var next = _tool.Errors.ToString().Trim().Split(' ')[^1];

        Assert.Equal(0, await _tool.RunAsync("outbox", "list", "--limit", "1", "--page", next));

        Assert.NotEqual(first, Assert.Single(Lines()));
        Assert.Equal("", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_lane_is_paused_and_resumed_and_the_status_says_who_paused_it_and_why()
    {
        Assert.Equal(0, await _tool.RunAsync("outbox", "pause", "--lane", "", "--by", "ann", "--reason", "bounces"));
        Assert.Contains(
            "Paused: the lane without a name of all transporters. No worker begins such an email any more.", _tool.Screen.ToString());

        Assert.Equal(0, await _tool.RunAsync("outbox", "status"));
        Assert.Contains("Waiting: 2", _tool.Screen.ToString());
        Assert.Contains("Due: 2, the oldest for ", _tool.Screen.ToString());
        Assert.Contains(": the lane without a name of all transporters, by ann: bounces", _tool.Screen.ToString());

        Assert.Equal(1, await _tool.RunAsync("outbox", "resume"));
        Assert.Contains("There is no pause of its own for all emails.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "resume", "--lane", ""));
        Assert.Empty(await Outbox.ListPausesAsync(Cancellation));
    }

    [Fact]
    public async Task An_action_shows_how_many_and_changes_nothing_without_an_answer()
    {
        Assert.Equal(64, await _tool.RunAsync("outbox", "cancel", "--recipient", "ann@example.org"));

        Assert.Contains("1 email of these states: Waiting.", _tool.Screen.ToString());
        Assert.Contains("Nothing was changed: give --yes", _tool.Errors.ToString());
        await _tool.RunAsync("outbox", "count", "--state", "Waiting");
        Assert.Equal(["2"], Lines());
    }

    [Fact]
    public async Task Emails_are_canceled_restored_discarded_and_resent()
    {
        Assert.Equal(0, await _tool.RunAsync("outbox", "cancel", "--yes", "--by", "ann", "--reason", "wrong text"));
        Assert.Contains("2 emails were canceled.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "restore", "--yes", "--subject", "receipt"));
        Assert.Contains("1 email was restored.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "resend", "--yes"));
        Assert.Contains("0 emails of these states: DeadLettered.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "resend", "--yes", "--state", "Canceled"));
        Assert.Contains("1 email was resent.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync("outbox", "discard", "--yes"));

        var resent = await Outbox.ListAsync(new OutboxQuery { Recipient = "bob@example.org" }, cancellationToken: Cancellation);
        var entry = (await Outbox.GetAsync(Assert.Single(resent.Entries).Id, Cancellation))!;
        Assert.Equal("Waiting: canceled by ann (wrong text).", entry.History[0].Text);
        Assert.Equal(OutboxState.Waiting, entry.State);
    }

    [Fact]
    public async Task An_address_is_erased_and_what_cannot_be_yet_is_named()
    {
        Assert.Equal(1, await _tool.RunAsync("outbox", "erase", "--recipient", "ann@example.org", "--yes"));
        Assert.Contains("cannot be erased yet", _tool.Screen.ToString());

        Assert.Equal(0, await _tool.RunAsync("outbox", "erase", "--recipient", "ann@example.org", "--cancel-waiting", "--yes"));

        Assert.Contains("1 email was erased.", _tool.Screen.ToString());
        await _tool.RunAsync("outbox", "export");
        Assert.DoesNotContain("ann@example.org", _tool.Output.ToString());
        Assert.Contains("bob@example.org", _tool.Output.ToString());
    }

    [Fact]
    public async Task Emails_whose_messages_were_removed_are_shown_and_left_as_they_are()
    {
        await _tool.RunAsync("outbox", "cancel", "--yes");
        await _tool.RunAsync("outbox", "erase", "--recipient", "ann@example.org", "--yes");

        Assert.Equal(0, await _tool.RunAsync("outbox", "resend", "--yes", "--state", "Canceled"));

        Assert.Contains("1 email was resent.", _tool.Screen.ToString());
        var screen = _tool.Screen.ToString().ReplaceLineEndings(" ");
        Assert.Contains("1 email stayed as before: changed meanwhile, or nothing is left to send", screen);
        await _tool.RunAsync("outbox", "list", "--state", "Canceled");
        Assert.EndsWith("(no message)", Assert.Single(Lines()));
        await _tool.RunAsync("outbox", "export", "--state", "Canceled");
        Assert.Contains("\"hasMessage\":false", Assert.Single(Lines()));
    }

    [Fact]
    public async Task An_export_has_what_came_back()
    {
        var found = await Outbox.ListAsync(new OutboxQuery { Recipient = "ann@example.org" }, cancellationToken: Cancellation);
        await Outbox.RecordFeedbackAsync(
            new EmailFeedback
            {
                Kind = FeedbackKind.Complaint,
                Original = new OriginalEmail { MessageId = found.Entries[0].MessageId },
                Recipients = [new FeedbackRecipient { Address = "ann@example.org" }],
            },
            cancellationToken: Cancellation);

        Assert.Equal(0, await _tool.RunAsync("outbox", "export", "--recipient", "ann@example.org"));

        using var json = JsonDocument.Parse(Assert.Single(Lines()));
        var email = json.RootElement;
        Assert.Equal("Complained", email.GetProperty("recipients")[0].GetProperty("report").GetProperty("kind").GetString());
        Assert.Equal("ann@example.org", email.GetProperty("history")[0].GetProperty("reports")[0].GetProperty("address").GetString());
    }

    [Fact]
    public async Task An_export_is_JSON_by_lines_CSV_or_files_with_the_messages()
    {
        await _tool.RunAsync("outbox", "cancel", "--yes", "--by", "ann", "--recipient", "ann@example.org");

        Assert.Equal(0, await _tool.RunAsync("outbox", "export"));
        using var json = JsonDocument.Parse(Lines()[0]);
        Assert.Equal("Canceled", json.RootElement.GetProperty("state").GetString());
        Assert.Equal("ann", json.RootElement.GetProperty("history")[0].GetProperty("by").GetString());

        Assert.Equal(0, await _tool.RunAsync("outbox", "export", "--format", "csv"));
        Assert.StartsWith("id,state,createdAt,", Lines()[0]);
        Assert.Contains("'=1+1", Lines()[2]);

        var folder = Path.Combine(_tool.Folder, "messages");
        Assert.Equal(0, await _tool.RunAsync("outbox", "export", "--format", "eml", "--output", folder, "--recipient", "bob@example.org"));
        Assert.Equal("=1+1", (await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(folder)), Cancellation)).Subject);
    }

    [Theory]
    [InlineData("--state is \"Gone\"; it must be Waiting", "list", "--state", "Gone")]
    [InlineData("--after is \"soon\"; it must be a time", "list", "--after", "soon")]
    [InlineData("--ended-after is \"soon\"; it must be a time", "list", "--ended-after", "soon")]
    [InlineData("--error is \"x\"; it must be a whole number", "count", "--error", "x")]
    [InlineData("Recipient is empty", "count", "--recipient", "")]
    [InlineData("States has Sent, in which an email cannot be canceled; allowed: Waiting.\n", "cancel", "--state", "Sent")]
    [InlineData("--limit is 10000; it must be 1 to 1000.", "list", "--limit", "10000")]
    [InlineData("--limit is 0; it must be 1 to 1000.", "suppress", "list", "--limit", "0")]
    [InlineData("--limit is 501; it must be 1 to 500.", "lanes", "--limit", "501")]
    [InlineData("--page is \"3\"; it must be what the page before has named.", "list", "--page", "3")]
    [InlineData("it must be the plain address, such as ann@example.org.", "list", "--recipient", "Ann <ann@example.org>")]
    [InlineData("it must be the plain address, such as ann@example.org.", "erase", "--recipient", "Ann <ann@example.org>")]
    [InlineData("--format eml needs a folder", "export", "--format", "eml")]
    [InlineData("There is no table other_version", "list", "--prefix", "other")]
    public async Task What_is_wrong_is_named(string expected, params string[] arguments)
    {
        Assert.Equal(64, await _tool.RunAsync(["outbox", .. arguments]));

        Assert.Contains(expected, _tool.Errors.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task No_file_is_created_and_no_earlier_tables_are_migrated()
    {
        var path = Path.Combine(_tool.Folder, "none.db");
        Assert.Equal(75, await _tool.RunAsync("outbox", "list", $"Data Source={path}"));
        Assert.False(File.Exists(path));
        await using (var connection = new SqliteConnection(Database))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE smtp_outbox_version SET version = 2";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        Assert.Equal(64, await _tool.RunAsync("outbox", "list"));

        Assert.Contains("The tables of the outbox have version 2; this program needs 6.", _tool.Errors.ToString());
    }

    private string[] Lines() => _tool.Output.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private Task<Guid> EnqueueAsync(string to, string subject) => Outbox.EnqueueAsync(
        new Email { From = "shop@example.com", To = to, Subject = subject, TextBody = "Hello" }, cancellationToken: Cancellation);
}
