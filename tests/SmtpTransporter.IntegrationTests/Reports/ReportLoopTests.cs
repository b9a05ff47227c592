using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Feedback;
using SmtpTransport.IntegrationTests.RealServer;
using SmtpTransport.Outbox;

namespace SmtpTransport.IntegrationTests.Reports;

/// <summary>
/// The whole way: from the outbox over a Postfix to a second one, which refuses a recipient; the report into a mailbox of Dovecot, over
/// IMAP back into the outbox, and onto the suppression list. <c>FEEDBACK_KILLS=50</c> is the long run.
/// </summary>
public sealed class ReportLoopTests(ReportServers servers, ITestOutputHelper output) : IClassFixture<ReportServers>
{
    private const int Emails = 180;

    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("FEEDBACK_KILLS") ?? "6", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_tells_of_a_report_and_nobody_asks()
    {
        await using var proxy = new ImapProxy(servers.ImapPort);
        await using var shop = await ShopHost.StartAsync(servers, (services, user) => services.AddSmtpOutboxFeedback(
            _ => new FeedbackMailbox(servers.MailboxOf(user, proxy.Port) with { PollInterval = TimeSpan.FromHours(1) }),
            TimeSpan.FromHours(1)));
        await proxy.WaitForAsync("IDLE", Cancellation);

        var id = await shop.Outbox.EnqueueAsync(ShopHost.EmailTo("gone9001"), cancellationToken: Cancellation);
        var entry = await shop.UntilAsync(id, e => e.Recipients[0].Report is not null);
        // What is marked is waited for again.
        await proxy.WaitForAsync("UID STORE", Cancellation);
        await proxy.WaitForAsync("IDLE", Cancellation);

        AssertBounced(entry, "gone9001");
        // The first look, and one at what the server has told of.
        lock (proxy.Seen)
            Assert.Equal(2, proxy.Seen.Count(c => c.StartsWith("UID SEARCH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_report_counts_once_though_its_reader_is_killed_again_and_again()
    {
        var random = new Random(20261130);
        await using var shop = await ShopHost.StartAsync(servers);
        var mailbox = servers.MailboxOf(shop.Mailbox);
        var sent = new List<SentEmail>();
        for (var kill = 0; kill < Kills; kill++)
        {
            // While they come back, one reader after another is killed, some while they start.
            await EnqueueAsync(shop, sent, Math.Max(Emails / Kills, 4));
            using var reader = ReaderProcess.Start(mailbox, shop.Database, shop.Told);
            if (random.Next(10) > 0)
            {
                await reader.Ready.WaitAsync(Limit, Cancellation);
                // Those of a delay come later.
                var told = (await ReadToldAsync(shop)).Keys.Count(k => !k.EndsWith(" Delayed", StringComparison.Ordinal));
                var left = sent.Sum(s => s.Prompt) - told;
                await UntilToldAsync(shop, told + random.Next(left), reader);
            }
            await Poll.UntilRandomMomentAsync(random, 1, 120, Cancellation);
            reader.Kill();
        }
        using (var last = ReaderProcess.Start(mailbox, shop.Database, shop.Told))
        {
            await UntilToldAsync(shop, sent.Sum(s => s.Reports), last);
            await UntilReadAsync(mailbox, last);
            Assert.Equal(0, await last.EndAsync(Cancellation));
        }

        await AssertMailboxAsync(mailbox, sent);
        await AssertToldAsync(shop, sent);
        foreach (var email in sent)
            await AssertEntryAsync(shop, email);
        await AssertHeldBackAsync(shop, sent);
    }

    /// <summary>Emails to recipients who do not exist, to such who do, to both, and to those of whom the server cannot say yet.</summary>
    private static async Task EnqueueAsync(ShopHost shop, List<SentEmail> sent, int count)
    {
        var emails = new List<(string[] Names, bool IsConfirmed)>();
        for (var number = sent.Count; number < sent.Count + count; number++)
        {
            emails.Add((number % 9) switch
            {
                0 or 1 => ([$"gone{number}", $"kept{number}"], false),
                2 => ([$"kept{number}"], true),
                3 => ([$"kept{number}"], false),
                4 when number < 60 => ([$"slow{number}"], false),
                _ => ([$"gone{number}"], false),
            });
        }
        var ids = await shop.Outbox.EnqueueManyAsync(
            emails.Select(e =>
            {
                var email = ShopHost.EmailTo(e.Names);
                if (e.IsConfirmed)
                    email.Notify = DeliveryNotifications.Success | DeliveryNotifications.Failure;
                return new OutboxEmail(email);
            }),
            cancellationToken: Cancellation);
        sent.AddRange(ids.Zip(emails, (id, e) => new SentEmail(id, e.Names, e.IsConfirmed)));
    }

    private async Task UntilToldAsync(ShopHost shop, int count, ReaderProcess reader)
    {
        var told = await Poll.UntilAsync(
            async () => await ReadToldAsync(shop) is var lines && lines.Count >= count ? lines : null, Limit, Cancellation);
        if (told is null)
            Assert.Fail($"Not {count} but {(await ReadToldAsync(shop)).Count} were told.\n{reader.Output}\n{servers.Log}");
    }

    /// <summary>Which recipients the application was told of, however often.</summary>
    private static async Task<Dictionary<string, List<bool>>> ReadToldAsync(ShopHost shop)
    {
        var told = new Dictionary<string, List<bool>>(StringComparer.Ordinal);
        foreach (var line in await File.ReadAllLinesAsync(shop.Told, Cancellation))
        {
            var end = line.LastIndexOf(' ');
            if (!told.TryGetValue(line[..end], out var times))
                told[line[..end]] = times = [];
            times.Add(bool.Parse(line[(end + 1)..]));
        }
        return told;
    }

    private async Task UntilReadAsync(FeedbackMailboxOptions options, ReaderProcess reader)
    {
        await using var mailbox = new FeedbackMailbox(options);
        var read = await Poll.UntilAsync(
            async () => await mailbox.ReadAsync(Cancellation).AnyAsync(Cancellation) ? null : "", Limit, Cancellation);
        Assert.True(read is not null, $"There are unread reports.\n{reader.Output}\n{servers.Log}");
    }

    /// <summary>The servers have lost none, and made none twice.</summary>
    private static async Task AssertMailboxAsync(FeedbackMailboxOptions options, List<SentEmail> sent)
    {
        await using var mailbox = new FeedbackMailbox(options with { IsReadOnly = true });

        Assert.Equal(sent.Sum(s => s.Reports), await mailbox.ReadAsync(Cancellation).CountAsync(Cancellation));
    }

    /// <summary>The application is told at least once, and at most once as of something new.</summary>
    private async Task AssertToldAsync(ShopHost shop, List<SentEmail> sent)
    {
        var told = await ReadToldAsync(shop);
        var again = told.Values.Sum(t => t.Count(isRepeated => isRepeated));
        output.WriteLine($"{Kills} kills, {told.Count} reports, {again} told again");

        Assert.Equal(sent.SelectMany(s => s.Expected).Order(StringComparer.Ordinal), told.Keys.Order(StringComparer.Ordinal));
        Assert.All(told.Values, times => Assert.InRange(times.Count(isRepeated => !isRepeated), 0, 1));
    }

    private static async Task AssertEntryAsync(ShopHost shop, SentEmail email)
    {
        var entry = await shop.GetAsync(email.Id);
        Assert.Equal(OutboxState.Sent, entry.State);
        Assert.Equal(email.Expected.Count(), entry.History.Sum(a => a.Reports.Count));
        foreach (var name in email.Names)
        {
            var recipient = entry.Recipients.Single(r => r.Address == $"{name}@far.example");
            var suppressions = await shop.Suppressions.FindAsync(recipient.Address, Cancellation);
            if (name.StartsWith("gone", StringComparison.Ordinal))
            {
                AssertBounced(entry, name);
                var suppression = Assert.Single(suppressions);
                Assert.Equal(SuppressionReason.HardBounce, suppression.Reason);
                Assert.Contains(ReportServers.WordsAbout(name), suppression.Words, StringComparison.Ordinal);
                continue;
            }
            Assert.Empty(suppressions);
            Assert.Equal(email.KindOf(name), recipient.Report?.Kind);
        }
    }

    private static void AssertBounced(OutboxEntry entry, string name)
    {
        var address = $"{name}@far.example";
        var report = Assert.Single(entry.History.SelectMany(a => a.Reports), r => r.Address == address);
        Assert.Equal(report, entry.Recipients.Single(r => r.Address == address).Report);
        Assert.Equal(RecipientReportKind.Bounced, report.Kind);
        Assert.Equal(FeedbackCategory.Hard, report.Category);
        Assert.Equal((550, "5.1.1"), (report.Status, $"{report.EnhancedStatus}"));
        Assert.Contains(ReportServers.WordsAbout(name), report.Text, StringComparison.Ordinal);
        Assert.True(report.IsSigned);
    }

    /// <summary>The next email goes to those who exist only: the remote server hears of the others no more.</summary>
    private async Task AssertHeldBackAsync(ShopHost shop, List<SentEmail> sent)
    {
        List<string> gone = [.. sent.SelectMany(s => s.Names).Where(n => n.StartsWith("gone", StringComparison.Ordinal))];
        var held = await shop.Outbox.EnqueueManyAsync(
            gone.Select(n => new OutboxEmail(ShopHost.EmailTo(n))), cancellationToken: Cancellation);
        var both = await shop.Outbox.EnqueueAsync(ShopHost.EmailTo(gone[0], "fresh1"), cancellationToken: Cancellation);

        foreach (var id in held)
        {
            var entry = await shop.UntilAsync(id, e => e.IsFinal);
            Assert.Equal(OutboxState.Canceled, entry.State);
            Assert.Equal(RecipientState.Suppressed, Assert.Single(entry.Recipients).State);
        }
        var mixed = await shop.UntilAsync(both, e => e.IsFinal);
        Assert.Equal(OutboxState.Sent, mixed.State);
        Assert.Equal([RecipientState.Suppressed, RecipientState.Accepted], mixed.Recipients.Select(r => r.State));
        Assert.NotNull(await Poll.UntilAsync(
            () => Task.FromResult(servers.HasDelivered("fresh1@far.example") ? "" : null), Limit, Cancellation));
        Assert.All(gone, name => Assert.Equal(1, servers.CountRefusals($"{name}@far.example")));
    }

    /// <param name="Id">The id in the outbox.</param>
    /// <param name="Names">The recipients, without the domain.</param>
    /// <param name="IsConfirmed">Whether the server tells of the delivery.</param>
    private sealed record SentEmail(Guid Id, string[] Names, bool IsConfirmed)
    {
        /// <summary>What the application is told: email, recipient and kind.</summary>
        public IEnumerable<string> Expected =>
            from name in Names let kind = KindOf(name) where kind is not null select $"{Id} {name}@far.example {kind}";

        /// <summary>How many reports come.</summary>
        public int Reports => Expected.Count();

        /// <summary>How many come at once.</summary>
        public int Prompt => Names.Any(n => KindOf(n) == RecipientReportKind.Delayed) ? 0 : Reports;

        public RecipientReportKind? KindOf(string name) =>
            name.StartsWith("gone", StringComparison.Ordinal) ? RecipientReportKind.Bounced
            : name.StartsWith("slow", StringComparison.Ordinal) ? RecipientReportKind.Delayed
            : IsConfirmed ? RecipientReportKind.Delivered : null;
    }
}
