using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Which of what came back is believed: it puts a recipient on the suppression list.</summary>
public sealed class FeedbackTrustTests
{
    private const string Ann = "ann@example.org";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Ann, FeedbackConfidence.Medium, "news", true)]
    [InlineData(Ann, FeedbackConfidence.Low, "news", false)]
    // Somebody got it forwarded, and answers; or nobody is named.
    [InlineData("carl@example.org", FeedbackConfidence.High, "news", false)]
    [InlineData("", FeedbackConfidence.High, "news", false)]
    // It would end all emails.
    [InlineData(Ann, FeedbackConfidence.High, null, false)]
    public async Task An_unsubscribe_counts_if_the_recipient_sent_it_and_for_the_stream_only(
        string sender, FeedbackConfidence confidence, string? stream, bool isSuppressed)
    {
        await using var host = await StartAsync();
        var id = await EnqueueAsync(host, stream);
        var wish = Came.Wish(FeedbackKind.Unsubscribe, id, "1@mx", sender);

        await RecordAsync(host, wish with { Recipients = [.. wish.Recipients.Select(r => r with { Confidence = confidence })] });

        (string?, SuppressionReason)[] expected = isSuppressed ? [("news", SuppressionReason.Unsubscribe)] : [];
        Assert.Equal(expected, await ListAsync(host));
        Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.History, a => a.Reports.Count == 1);
    }

    [Fact]
    public async Task With_tokens_only_a_valid_one_suppresses_and_that_of_an_email_that_is_gone_finds_no_other()
    {
        var tokens = new FeedbackTokens(new byte[32]);
        await using var host = await StartAsync(o => o.UseFeedbackTokens(tokens, "bounces@example.com"));
        var entry = (await host.Outbox.GetAsync(await EnqueueAsync(host), Cancellation))!;
        var reader = new FeedbackReader(tokens);
        async Task<Guid?> ReadAsync(string to)
        {
            using var message = new MemoryStream(Came.Message(to, Ann, entry.MessageId));
            return (await RecordAsync(host, (await reader.ReadAsync(message, Cancellation))!)).EmailId;
        }

        var gone = await ReadAsync(tokens.CreateReturnPath("bounces@example.com", Guid.NewGuid().ToString("D")));
        var forged = await ReadAsync(
            new FeedbackTokens(Enumerable.Repeat((byte)1, 32).ToArray()).CreateReturnPath("bounces@example.com", entry.Id.ToString("D")));
        var plain = await ReadAsync("bounces@example.com");
        Assert.Equal((null, entry.Id, entry.Id), (gone, forged, plain));
        Assert.Empty(await ListAsync(host));

        Assert.Equal(entry.Id, await ReadAsync(entry.Sender));
        Assert.Equal([(null, SuppressionReason.HardBounce)], await ListAsync(host));
    }

    [Fact]
    public async Task A_sure_bounce_counts_after_a_guessed_one()
    {
        await using var host = await StartAsync();
        var id = await EnqueueAsync(host);
        var guess = Came.Bounce(Ann) with { Confidence = FeedbackConfidence.Low };

        await RecordAsync(host, Came.Report(id, "1@mx", guess));
        Assert.Empty(await ListAsync(host));
        await RecordAsync(host, Came.Report(id, "2@mx", Came.Bounce(Ann)));

        Assert.Equal([(null, SuppressionReason.HardBounce)], await ListAsync(host));
        var recipient = Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.Recipients);
        Assert.Equal(FeedbackConfidence.High, recipient.Report!.Confidence);
    }

    [Fact]
    public async Task A_report_that_comes_again_tells_the_application_the_same_again()
    {
        var told = new List<OutboxFeedback>();
        await using var host = await StartAsync(o => o.OnFeedback = (_, feedback, _) =>
        {
            told.Add(feedback);
            return ValueTask.CompletedTask;
        });
        var bounce = Came.Report(await EnqueueAsync(host), null, Came.Bounce(Ann));

        foreach (var id in new[] { "event-1", "event-1", "event-2", "event-2" })
            await RecordAsync(host, bounce, id);

        // The second event says nothing new.
        Assert.Equal([false, true], told.Select(f => f.IsRepeated));
        Assert.All(told, f => Assert.Equal((RecipientReportKind.Bounced, Ann), (f.Reports.Single().Kind, f.Reports.Single().Address)));
    }

    [Fact]
    public async Task A_report_that_names_no_recipient_is_recorded_and_says_nothing_of_any()
    {
        var told = new List<OutboxFeedback>();
        await using var host = await StartAsync(o => o.OnFeedback = (_, feedback, _) =>
        {
            told.Add(feedback);
            return ValueTask.CompletedTask;
        });
        var id = await EnqueueAsync(host);

        await RecordAsync(host, Came.Report(id, "1@mx"));

        Assert.Equal((RecipientReportKind.Unknown, ""), (told.Single().Reports.Single().Kind, told.Single().Reports.Single().Address));
        Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.History, a => a.Reports.Count == 1);
        Assert.Empty(await ListAsync(host));
    }

    [Fact]
    public async Task Of_many_emails_with_one_Message_ID_the_one_to_the_recipient_is_found()
    {
        await using var host = await StartAsync();
        var ids = await host.EnqueueManyAsync(Enumerable.Range(0, 102).Select(i =>
        {
            var email = TestEmail.To($"u{i}");
            email.MessageId = "all@shop.example";
            return new OutboxEmail(email);
        }));
        async Task<Guid?> FindAsync(string address)
        {
            var bounce = Came.Report(null, null, Came.Bounce(address));
            return (await RecordAsync(host, bounce with { Original = new OriginalEmail { MessageId = "all@shop.example" } })).EmailId;
        }

        Assert.Equal(
            (ids[0], ids[101], null),
            (await FindAsync("U0@example.org"), await FindAsync("u101@example.org"), await FindAsync(Ann)));
    }

    [Fact]
    public async Task A_request_that_ends_meanwhile_keeps_nobody_from_being_told()
    {
        using var request = new CancellationTokenSource();
        var told = new List<bool>();
        await using var host = await StartAsync(o => o.OnFeedback = async (_, _, token) =>
        {
            await request.CancelAsync();
            told.Add(token.IsCancellationRequested);
        });
        var bounce = Came.Report(await EnqueueAsync(host), "1@mx", Came.Bounce(Ann));

        await host.Outbox.RecordFeedbackAsync(bounce, null, request.Token);

        Assert.Equal([false], told);
    }

    private static Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null) => OutboxHost.StartAsync(o =>
    {
        o.EnableWorker = false;
        configure?.Invoke(o);
    });

    /// <summary>Stores an email to Ann that was sent.</summary>
    private static async Task<Guid> EnqueueAsync(OutboxHost host, string? stream = null)
    {
        var email = TestEmail.To(Ann);
        email.Stream = stream;
        var id = await host.EnqueueAsync(email);
        await host.Tables.EndAsync(OutboxState.Sent);
        return id;
    }

    private static Task<OutboxFeedback> RecordAsync(OutboxHost host, EmailFeedback feedback, string? reportId = null) =>
        host.Outbox.RecordFeedbackAsync(feedback, reportId, Cancellation);

    private static async Task<IEnumerable<(string?, SuppressionReason)>> ListAsync(OutboxHost host) =>
        (await host.Services.GetRequiredService<ISuppressionList>().ListAsync(cancellationToken: Cancellation))
            .Entries.Select(s => (s.Stream, s.Reason));
}
