using System.Data.Common;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What came back joins its email, whatever the database.</summary>
public abstract class FeedbackTests : QueryTestBase
{
    private const string Ann = "ann@example.org";
    private const string Bob = "bob@example.org";

    private protected static readonly FeedbackTokens Tokens = new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());

    /// <summary>Every so many of the orders is tried.</summary>
    private protected abstract int Step { get; }

    [Fact]
    public async Task The_result_and_what_comes_back_lead_to_the_same_in_every_order_and_however_often()
    {
        using var counts = new Measurements();
        await RestartAsync(o => o.SuppressAfter = []);
        counts.ListenTo(Host.Services.GetRequiredService<OutboxMeter>());
        var orders = Permutations.Of(5).Where((_, i) => i % Step == 0).ToList();
        var ids = await Host.EnqueueManyAsync(orders.Select(_ => new OutboxEmail(TestEmail.To($"{Ann}, {Bob}"))));
        var claims = await ClaimAsync(ids.Count);
        foreach (var (id, order) in ids.Zip(orders))
        {
            Func<Task>[] events =
            [
                () => SettleAsync(claims[id]),
                () => RecordAsync(Came.Report(id, "delay@mx", Came.Delay(Ann), Came.Delivery(Bob))),
                () => RecordAsync(Came.Report(id, "bounce@mx", Came.Bounce(Ann))),
                () => RecordAsync(Came.Report(id, null, Came.Bounce(Ann)), "event-1"),
                () => RecordAsync(Came.Wish(FeedbackKind.Complaint, id, "complaint@loop", Bob)),
            ];
            // Each comes twice, and the second time in the opposite order.
            foreach (var i in order.Concat(order.Reverse()))
                await events[i]();
        }

        foreach (var id in ids)
        {
            var entry = (await Outbox.GetAsync(id, Cancellation))!;
            Assert.Equal(OutboxState.Sent, entry.State);
            Assert.Equal(
                [
                    (Ann, RecipientState.Accepted, RecipientReportKind.Bounced, FeedbackCategory.Hard, 550, Came.Words),
                    (Bob, RecipientState.Accepted, RecipientReportKind.Complained, FeedbackCategory.NotFailure, 0, ""),
                ],
                entry.Recipients.Select(r => (
                    r.Address, r.State, r.Report!.Kind, r.Report.Category, r.Report.Status, r.Report.Text)));
            Assert.All(entry.Recipients, r => Assert.True(r.Report!.IsSigned));
            Assert.Equal(
                [(Ann, RecipientReportKind.Delayed), (Ann, RecipientReportKind.Bounced),
                    (Bob, RecipientReportKind.Delivered), (Bob, RecipientReportKind.Complained)],
                entry.History.SelectMany(a => a.Reports).Select(r => (r.Address, r.Kind)).Order());
            Assert.All(entry.History, a => Assert.Equal(a.Outcome is null ? "feedback" : null, a.By));
        }
        Assert.Equal(
            (ids.Count, ids.Count, ids.Count, ids.Count),
            (counts["smtp.outbox.feedback Bounced Hard"], counts["smtp.outbox.feedback Delayed Soft"],
                counts["smtp.outbox.feedback Delivered NotFailure"], counts["smtp.outbox.feedback Complained NotFailure"]));
    }

    [Fact]
    public async Task What_comes_at_the_same_time_by_several_ways_counts_once()
    {
        var id = await Host.EnqueueAsync(TestEmail.To(Ann));
        await Tables.EndAsync(OutboxState.Sent);

        var recorded = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => RecordAsync(Came.Report(id, i % 2 == 0 ? "bounce@mx" : null, Came.Bounce(Ann)), $"event-{i}")));

        Assert.Single(recorded, r => r is { IsRepeated: false, Reports.Count: 1 });
        Assert.Single((await Outbox.GetAsync(id, Cancellation))!.History);
    }

    [Fact]
    public async Task A_message_finds_its_email_by_a_token_or_the_Message_ID_and_a_foreign_token_counts_for_nothing()
    {
        using var counts = new Measurements();
        await RestartAsync(o => o.UseFeedbackTokens(Tokens, "bounces@example.com").EncryptAtRest = true);
        counts.ListenTo(Host.Services.GetRequiredService<OutboxMeter>());
        var ids = await Host.EnqueueManyAsync([.. Enumerable.Range(0, 3).Select(_ => new OutboxEmail(TestEmail.To(Ann)))]);
        var entries = new List<OutboxEntry>();
        foreach (var id in ids)
            entries.Add((await Outbox.GetAsync(id, Cancellation))!);
        var foreign = new FeedbackTokens(new byte[32]).CreateReturnPath("bounces@example.com", ids[2].ToString("D"));

        var byReturnPath = await ReadAsync(Came.Message(entries[0].Sender, Ann, "other@shop.example"));
        var byEnvelopeId = await ReadAsync(
            Came.Message("bounces@example.com", Ann, "other@shop.example", Tokens.CreateToken(ids[1].ToString("D"))));
        var byMessageId = await ReadAsync(Came.Message("bounces@example.com", Ann, entries[2].MessageId));
        var forged = await ReadAsync(Came.Message(foreign, Ann, "other@shop.example"));

        Assert.Equal(
            [(ids[0], true), (ids[1], true), (ids[2], false)],
            new[] { byReturnPath, byEnvelopeId, byMessageId }.Select(f => (f.EmailId!.Value, Assert.Single(f.Reports).IsSigned)));
        Assert.Null(forged.EmailId);
        Assert.Equal(1, counts["smtp.outbox.unmatched_feedback"]);
        var bounced = (await Outbox.GetAsync(ids[2], Cancellation))!.Recipients[0].Report!;
        Assert.Equal((RecipientReportKind.Bounced, FeedbackCategory.Hard, Came.Words), (bounced.Kind, bounced.Category, bounced.Text));
        Assert.DoesNotContain(Came.Words, await Tables.ReadAllAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_waits_for_the_key_of_its_email()
    {
        await RestartAsync(o => o.EncryptAtRest = true);
        var id = await Host.EnqueueAsync(TestEmail.To(Ann));
        // The keys are those of one run.
        await Host.StopAsync();
        await Host.RunAsync(_ => { });

        await Assert.ThrowsAsync<CryptographicException>(() => RecordAsync(Came.Report(id, "1@mx", Came.Bounce(Ann))));

        Assert.Empty((await Outbox.GetAsync(id, Cancellation))!.History);
    }

    [Fact]
    public async Task A_late_bounce_finds_its_email_as_long_as_it_is_kept()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(3));
        await Tables.EndAsync(OutboxState.Sent);
        await Outbox.EraseAsync("u1@example.org", "ann", cancellationToken: Cancellation);
        await Tables.RemoveAsync(ids[2]);

        var recorded = new List<OutboxFeedback>();
        for (var i = 0; i < ids.Count; i++)
            recorded.Add(await RecordAsync(Came.Report(ids[i], "late@mx", Came.Bounce($"u{i}@example.org"))));

        Assert.Equal([ids[0], null, null], recorded.Select(r => r.EmailId));
        Assert.Equal(RecipientReportKind.Bounced, Assert.Single((await Outbox.GetAsync(ids[0], Cancellation))!.Recipients).Report!.Kind);
        Assert.Empty(Assert.Single((await Outbox.GetAsync(ids[1], Cancellation))!.History).Reports);
        Assert.DoesNotContain("u1@example.org", await Tables.ReadAllAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_bounce_a_complaint_and_an_unsubscribe_suppress_the_recipient_and_nothing_else_does()
    {
        var emails = Enumerable.Range(0, 6).Select(i => TestEmail.To($"u{i}")).ToList();
        emails[2].Stream = "newsletter";
        var ids = await Host.EnqueueManyAsync(emails.Select(e => new OutboxEmail(e)));
        await Tables.EndAsync(OutboxState.Sent);
        var list = Host.Services.GetRequiredService<ISuppressionList>();
        var next = await Host.EnqueueAsync(TestEmail.To("u0"));

        var guess = Came.Bounce("u4@example.org") with { Confidence = FeedbackConfidence.Low };
        await RecordAsync(Came.Report(ids[0], "1@mx", Came.Bounce("U0@example.org")));
        await RecordAsync(Came.Wish(FeedbackKind.Complaint, ids[1], "2@mx", "u1@example.org"));
        await RecordAsync(Came.Wish(FeedbackKind.Unsubscribe, ids[2], "3@mx", "u2@example.org"));
        await RecordAsync(Came.Report(ids[3], "4@mx", Came.Bounce("u3@example.org", FeedbackCategory.Soft)));
        await RecordAsync(Came.Report(ids[3], "5@mx", Came.Bounce("u3@example.org", FeedbackCategory.MailboxFull)));
        await RecordAsync(Came.Report(ids[4], "6@mx", guess));
        // The email may have gone to this address in the place of its recipient.
        await RecordAsync(Came.Report(ids[5], "7@mx", Came.Bounce("dev@example.com")));

        var page = await list.ListAsync(cancellationToken: Cancellation);
        Assert.Equal(
            [
                ("u0@example.org", SuppressionReason.HardBounce, null, Came.Words),
                ("u1@example.org", SuppressionReason.Complaint, null, null),
                ("u2@example.org", SuppressionReason.Unsubscribe, "newsletter", (string?)null),
            ],
            page.Entries.Select(s => (s.Address, s.Reason, s.Stream, s.Words)).OrderBy(s => s.Address, StringComparer.Ordinal));
        Assert.All(page.Entries, s => Assert.Equal("feedback", s.By));
        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(next, Cancellation))!.State);
    }

    private protected Task<OutboxFeedback> RecordAsync(EmailFeedback feedback, string? reportId = null) =>
        Outbox.RecordFeedbackAsync(feedback, reportId, Cancellation);

    private protected async Task<OutboxFeedback> ReadAsync(byte[] message) =>
        await RecordAsync((await new FeedbackReader(Tokens).ReadAsync(new MemoryStream(message), Cancellation))!);

    private async Task<Dictionary<Guid, Claim>> ClaimAsync(int count)
    {
        await Host.Services.GetRequiredService<WorkerTable>().RegisterAsync("worker", "worker", 0, Cancellation);
        var claims = await Host.Services.GetRequiredService<QueueTable>().ClaimAsync(
            "worker", new QueueKey("", "", OutboxPriority.Normal, false), count, [], Cancellation);
        return claims.ToDictionary(c => c.Row.Id);
    }

    private async Task SettleAsync(Claim claim)
    {
        var result = SendResult.Create(
            Outcome.Accepted, 250, "2.0.0 Ok", [new(Ann, RecipientState.Accepted, 250), new(Bob, RecipientState.Accepted, 250)]);
        var recipients = AttemptOutcome.FromResult(result, claim.Row.Envelope.Recipients).Recipients;
        var transition = new StateTransition(OutboxState.Sent) { Envelope = claim.Row.Envelope with { Recipients = recipients } };
        await using DbConnection connection = await Host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
        await Host.Services.GetRequiredService<QueueTable>().WriteAsync(
            connection, new WriteGroup([], [new Settlement(claim, transition, AttemptDetails.FromResult("run", result))], []));
    }
}
