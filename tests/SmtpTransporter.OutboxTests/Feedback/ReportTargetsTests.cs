using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Which recipient a report is about, and which of its reports are new.</summary>
public sealed class ReportTargetsTests
{
    [Theory]
    [InlineData("ann@example.org,bob@example.org", "", "ANN@Example.org", null, "0", true, true)]
    [InlineData("ann@example.org,bob@example.org", "", "box@forward.example", "bob@example.org", "1", true, false)]
    [InlineData("ann@example.org,bob@example.org", "", "BOB@example.org", "bob@example.org", "1", true, true)]
    // RedirectAllTo: the message to the other address was that of all.
    [InlineData("ann@example.org,bob@example.org", "dev@example.com", "dev@example.com", null, "0,1", false, false)]
    [InlineData("ann@example.org", "dev@example.com", "dev@example.com", null, "0", false, false)]
    // Forwarded, or a complaint without a name: the only recipient. It was tried itself, so it was not redirected.
    [InlineData("ann@example.org", "ann@example.org", "box@forward.example", null, "0", true, false)]
    [InlineData("ann@example.org", "ann@example.org", "", null, "0", true, true)]
    [InlineData("ann@example.org", "", "box@forward.example", null, "0", false, false)]
    [InlineData("ann@example.org", "", "", null, "0", false, false)]
    [InlineData("ann@example.org,bob@example.org", "ann@example.org,bob@example.org", "box@forward.example", null, "", false, false)]
    public void A_report_is_about_the_recipient_that_it_names_or_the_only_one(
        string recipients, string tried, string address, string? original, string expected, bool isOwn,
        bool isItself)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        ArgumentNullException.ThrowIfNull(tried);
        var targets = new ReportTargets(
            [.. recipients.Split(',').Select(r => new StoredRecipient(r))], tried.Split(',', StringSplitOptions.RemoveEmptyEntries));

        var target = targets.Find(address, original);

        Assert.Equal((expected, isOwn, isItself), (string.Join(',', target.Indexes), target.IsOwn, target.IsItself));
    }

    [Theory]
    [InlineData("Soft Hard", "Soft Hard")]
    [InlineData("Hard Soft", "Hard")]
    [InlineData("Soft Policy MailboxFull", "Soft")]
    [InlineData("Hard Hard", "Hard")]
    public void A_recipient_bounces_once_and_again_only_if_it_does_not_exist(string categories, string expected)
    {
        ArgumentNullException.ThrowIfNull(categories);
        var recorded = new RecordedReports(new ReportTargets([new StoredRecipient("ann@example.org")], []));

        var added = categories.Split(' ').Where((category, i) => recorded.TryAdd(
            $"report-{i}",
            new StoredReport("ann@example.org", RecipientReportKind.Bounced, DateTimeOffset.UnixEpoch)
            {
                Category = Enum.Parse<FeedbackCategory>(category),
            }));

        Assert.Equal(expected, string.Join(' ', added));
    }

    [Fact]
    public void Addresses_behind_a_recipient_count_each_up_to_a_limit()
    {
        var recorded = new RecordedReports(new ReportTargets([new StoredRecipient("ann@example.org")], ["ann@example.org"]));
        StoredReport CreateBehind(int i) => Create($"member{i}@example.net", RecipientReportKind.Bounced);

        Assert.True(recorded.TryAdd("1", CreateBehind(0)));
        Assert.False(recorded.TryAdd("2", CreateBehind(0)));
        Assert.Equal(9, Enumerable.Range(0, 100).Count(i => recorded.TryAdd($"{i}", CreateBehind(i))));
        Assert.True(recorded.TryAdd("3", Create("ann@example.org", RecipientReportKind.Bounced)));
    }

    [Fact]
    public void Delays_count_by_their_reports_and_reports_about_others_are_bounded()
    {
        var recorded = new RecordedReports(new ReportTargets([new StoredRecipient("ann@example.org"), new StoredRecipient("bob@x")], []));

        var delays = new[] { "1", "2", "1" }.Count(id => recorded.TryAdd(id, Create("ann@example.org", RecipientReportKind.Delayed)));
        var others = Enumerable.Range(0, 1000).Count(i => recorded.TryAdd("3", Create($"u{i}@example.org", RecipientReportKind.Bounced)));
        var floods = Enumerable.Range(0, 1000).Count(i => recorded.TryAdd($"{i + 10}", Create("bob@x", RecipientReportKind.Delayed)));

        Assert.Equal((2, 100, 10), (delays, others, floods));
    }

    [Fact]
    public void A_report_without_an_id_is_known_by_what_it_says()
    {
        var bounce = Came.Report(null, null, Came.Bounce("ann@example.org"));

        var first = StoredFeedback.FromFeedback(bounce, null, DateTimeOffset.UnixEpoch);
        var copy = StoredFeedback.FromFeedback(bounce, null, DateTimeOffset.UnixEpoch.AddDays(1));
        var other = StoredFeedback.FromFeedback(
            Came.Report(null, null, Came.Bounce("bob@example.org")), null, DateTimeOffset.UnixEpoch);

        Assert.Equal(first.ReportId, copy.ReportId);
        Assert.NotEqual(first.ReportId, other.ReportId);
        Assert.Equal("<1@mx>", StoredFeedback.FromFeedback(bounce with { MessageId = "1@mx" }, "file", DateTimeOffset.UnixEpoch).ReportId);
    }

    [Fact]
    public void What_a_webhook_hands_over_is_cleaned_and_bounded()
    {
        var dirty = Came.Bounce("ann@example.org\r\nX: y") with { Diagnostic = new string('x', 2000), RemoteServer = "mx\u001b[2J" };
        var many = Enumerable.Repeat(dirty, FeedbackReader.MaxRecipients + 1).ToArray();

        var stored = StoredFeedback.FromFeedback(Came.Report(null, "1@mx", many), null, DateTimeOffset.UnixEpoch);

        Assert.Equal(FeedbackReader.MaxRecipients, stored.Reports.Count);
        var report = stored.Reports[0];
        Assert.Equal(("ann@example.org  X: y", 1000, "mx [2J"), (report.Address, report.Text.Length, report.RemoteServer));
    }

    [Fact]
    public void A_report_has_no_time_after_its_arrival()
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(1);
        var bounce = Came.Report(null, "1@mx", Came.Bounce("ann@example.org"));

        DateTimeOffset At(DateTimeOffset? date) => StoredFeedback.FromFeedback(bounce with { Date = date }, null, now).Reports[0].At;

        Assert.Equal((now, now, now.AddHours(-1)), (At(null), At(now.AddYears(1)), At(now.AddHours(-1))));
    }

    private static StoredReport Create(string address, RecipientReportKind kind) => new(address, kind, DateTimeOffset.UnixEpoch);
}
