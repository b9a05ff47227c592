using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What two workers on the same tables may change, statement by statement.</summary>
public abstract class LeaseTests : IAsyncLifetime
{
    private protected static readonly QueueKey Key = new("", "", OutboxPriority.Normal, false);
    private static readonly StateTransition Sent = new(OutboxState.Sent);

    private OutboxHost? _host;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected OutboxHost Host => _host!;

    private protected abstract OutboxTables Tables { get; }

    private protected QueueTable Queue => Host.Services.GetRequiredService<QueueTable>();

    private protected WorkerTable Workers => Host.Services.GetRequiredService<WorkerTable>();

    public async ValueTask InitializeAsync()
    {
        _host = await StartAsync();
        await Workers.RegisterAsync("a", "first", 0, Cancellation);
        await Workers.RegisterAsync("b", "second", 0, Cancellation);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_claim_takes_no_more_than_it_asked_for_and_nothing_that_another_holds()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(10));

        var first = await ClaimAsync("a", 4);
        var second = await ClaimAsync("b", 100);

        Assert.Equal(4, first.Count);
        Assert.Equal(6, second.Count);
        Assert.Empty(first.Select(c => c.Row.Id).Intersect(second.Select(c => c.Row.Id)));
        Assert.Empty(await ClaimAsync("a", 1));
    }

    [Fact]
    public async Task A_worker_without_a_row_claims_nothing()
    {
        await Host.EnqueueAsync(TestEmail.To("ann"));

        Assert.Empty(await ClaimAsync("stranger", 1));
    }

    [Fact]
    public async Task A_worker_that_lost_its_row_settles_marks_and_releases_only_what_nobody_has_taken()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(3));
        var claims = await ClaimAsync("a", 3);
        var before = await WriteAsync(marks: [claims[0]]);
        Assert.Single(before.Marked);

        await TakeOverAsync("a");
        // The taken ones wait singly, since their worker may have ended because of one of them.
        var taken = Assert.Single(await Queue.ClaimSuspectAsync("b", "", "", [], Cancellation));
        var late = await WriteAsync(settlements: [.. claims.Select(c => Settle(c, Sent))]);
        var mark = await WriteAsync(marks: [claims[1], claims[2]]);

        // Only the transmission that was parked meanwhile: its own worker knows the outcome.
        Assert.Equal([claims[0].Row.Id], late.Settled.Select(s => s.Id));
        Assert.Empty(mark.Marked);
        Assert.Contains(taken.Row.Id, claims.Skip(1).Select(c => c.Row.Id));
        var entry = await Host.Outbox.GetAsync(taken.Row.Id, Cancellation);
        Assert.Equal((OutboxState.Waiting, 0), (entry!.State, entry.AttemptCount));
        Assert.Empty(entry.History);
        Assert.Single((await WriteAsync(marks: [taken])).Marked);
    }

    [Fact]
    public async Task A_parked_email_says_when_its_worker_was_last_alive_and_who_may_have_received_it()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await WriteAsync(marks: await ClaimAsync("a", 1));

        await TakeOverAsync("a");

        var entry = await Host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal((OutboxState.Unknown, 1), (entry!.State, entry.AttemptCount));
        Assert.Contains("was last alive at", Assert.Single(entry.History).Text, StringComparison.Ordinal);
        Assert.True(Assert.Single(entry.Recipients).IsInDoubt);
    }

    [Fact]
    public async Task A_worker_whose_counter_moves_is_not_taken_over()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);
        var seen = (await Workers.BeatAsync(null, Cancellation))["a"];
        await Workers.BeatAsync("a", Cancellation);

        Assert.Null(await Workers.TakeOverAsync("a", seen, TimeSpan.Zero, "here", Cancellation));

        Assert.Equal([id], (await WriteAsync(marks: claims)).Marked.Keys.Select(k => k.Id));
    }

    [Fact]
    public async Task An_email_that_a_canceled_claim_holds_is_not_marked()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);

        Assert.True(await Host.Outbox.CancelAsync(id, Cancellation));

        Assert.Empty((await WriteAsync(marks: claims)).Marked);
        Assert.Empty((await WriteAsync(settlements: [Settle(claims[0], Sent)])).Settled);
        Assert.Equal(OutboxState.Canceled, (await Host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task An_earlier_claim_of_the_same_email_is_neither_marked_nor_settled_beside_the_later_one()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var earlier = Assert.Single(await ClaimAsync("a", 1));
        Assert.True(await Host.Outbox.ResendAsync(id, Cancellation));
        var later = Assert.Single(await ClaimAsync("a", 1));

        var marked = (await WriteAsync(marks: [earlier, later])).Marked;
        var settled = (await WriteAsync(settlements: [Settle(earlier, Sent), Settle(later, Sent)])).Settled;

        Assert.Equal([(id, later.Row.Generation)], marked.Keys);
        Assert.Equal([(id, later.Row.Generation)], settled);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_given_back_without_what_the_worker_knows_of()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(5));
        var known = await ClaimAsync("a", 2);
        var lost = await ClaimAsync("a", 3);

        Assert.Equal(3, await Workers.ReleaseUnknownAsync("a", [.. known.Select(c => c.Row.Id)], Cancellation));

        Assert.Equal(lost.Select(c => c.Row.Id).Order(), (await ClaimAsync("b", 9)).Select(c => c.Row.Id).Order());
        Assert.Equal(2, (await WriteAsync(marks: known)).Marked.Count);
    }

    [Fact]
    public async Task What_is_given_back_is_as_if_it_had_never_been_claimed()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);
        await WriteAsync(marks: claims);

        await WriteAsync(releases: claims);

        var entry = await Host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal((OutboxState.Waiting, 0, null), (entry!.State, entry.AttemptCount, entry.TransmittingSince));
        Assert.Empty(entry.History);
        Assert.Equal([id], (await ClaimAsync("b", 1)).Select(c => c.Row.Id));
    }

    [Fact]
    public async Task A_worker_that_was_taken_for_dead_gives_back_what_it_had_marked_and_not_transmitted()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);
        await WriteAsync(marks: claims);
        await TakeOverAsync("a");
        Assert.Empty((await WriteAsync(marks: claims)).Marked);

        await WriteAsync(releases: claims);

        var entry = await Host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal((OutboxState.Waiting, 0, null), (entry!.State, entry.AttemptCount, entry.TransmittingSince));
        Assert.False(Assert.Single(entry.Recipients).IsInDoubt);
        Assert.Equal([id], (await ClaimAsync("b", 1)).Select(c => c.Row.Id));
    }

    [Fact]
    public async Task A_worker_that_was_taken_for_dead_gives_nothing_back_about_which_a_person_has_decided()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);
        await WriteAsync(marks: claims);
        await TakeOverAsync("a");
        Assert.True(await Host.Outbox.DiscardAsync(id, Cancellation));

        await WriteAsync(releases: claims);

        Assert.Equal(OutboxState.Discarded, (await Host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task Marking_and_settling_twice_changes_nothing_the_second_time()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var claims = await ClaimAsync("a", 1);

        var first = await WriteAsync(marks: claims);
        var second = await WriteAsync(marks: claims);
        Assert.Equal(first.Marked, second.Marked);
        await WriteAsync(settlements: [Settle(claims[0], Sent)]);
        Assert.Empty((await WriteAsync(settlements: [Settle(claims[0], Sent)])).Settled);

        Assert.Single((await Host.Outbox.GetAsync(id, Cancellation))!.History);
    }

    [Fact]
    public async Task An_email_whose_workers_end_while_they_send_it_is_set_aside_and_those_beside_it_are_not()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(3));
        await ClaimAsync("a", 3);
        await TakeOverAsync("a");
        for (var i = 0; i < WorkerTable.MaxTakeovers; i++)
        {
            await Workers.RegisterAsync($"c{i}", "another", 0, Cancellation);
            var guilty = Assert.Single(await ClaimSuspectAsync($"c{i}", ids[0]));
            await Queue.BeginSuspectAsync(guilty, Cancellation);
            await TakeOverAsync($"c{i}");
        }

        var dead = await Host.Outbox.GetAsync(ids[0], Cancellation);
        Assert.Equal(OutboxState.DeadLettered, dead!.State);
        Assert.Contains("ended 3 times", Assert.Single(dead.History).Text, StringComparison.Ordinal);
        foreach (var id in ids.Skip(1))
            Assert.Equal(OutboxState.Waiting, (await Host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task A_worker_that_lost_its_row_neither_defers_nor_parks_nor_gives_back_what_another_has()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(4));
        var claims = (await ClaimAsync("a", 4)).OrderBy(c => c.Row.Id).ToList();
        await TakeOverAsync("a");
        var taken = await ClaimAllSuspectsAsync("b");
        Assert.Equal(ids.Order(), taken.Select(c => c.Row.Id).Order());

        var late = await WriteAsync(
            settlements:
            [
                Settle(claims[0], new StateTransition(OutboxState.Waiting) { Delay = TimeSpan.FromHours(1), Attempts = 1 }),
                Settle(claims[1], new StateTransition(OutboxState.Unknown) { AskDelay = TimeSpan.Zero, Attempts = 1 }),
                Settle(claims[2], new StateTransition(OutboxState.DeadLettered) { Attempts = 1 }),
            ],
            releases: [claims[3]]);
        Assert.Empty(late.Settled);
        Assert.DoesNotContain("a", (await Workers.BeatAsync("a", Cancellation)).Keys);
        Assert.Equal(0, await Workers.ReleaseUnknownAsync("a", [], Cancellation));
        await Workers.UnregisterAsync("a", Cancellation);

        foreach (var id in ids)
        {
            var entry = await Host.Outbox.GetAsync(id, Cancellation);
            Assert.Equal((OutboxState.Waiting, 0, 0), (entry!.State, entry.AttemptCount, entry.History.Count));
        }
        Assert.Equal(4, (await WriteAsync(marks: taken)).Marked.Count);
    }

    [Fact]
    public async Task Emails_whose_worker_ended_count_for_the_limit_of_their_lane()
    {
        await Host.EnqueueManyAsync(TestEmail.Many(3).Select(e => e with { Lane = "slow" }));
        await Host.EnqueueManyAsync(TestEmail.Many(1).Select(e => e with { Lane = "other" }));
        await Queue.ClaimAsync("a", Key with { Lane = "slow" }, 3, [], Cancellation);
        await Queue.ClaimAsync("a", Key with { Lane = "other" }, 1, [], Cancellation);
        await TakeOverAsync("a");
        await Workers.RegisterAsync("c", "third", 0, Cancellation);

        Assert.Equal([("", "other"), ("", "slow")], (await Queue.ListSuspectLanesAsync(Cancellation)).Order());
        var first = await Queue.ClaimSuspectAsync("b", "", "slow", [("slow", 1)], Cancellation);
        var second = await Queue.ClaimSuspectAsync("c", "", "slow", [("slow", 1)], Cancellation);

        Assert.Single(first);
        Assert.Empty(second);
        Assert.Single(await Queue.ClaimSuspectAsync("c", "", "other", [("slow", 1)], Cancellation));
        await WriteAsync(settlements: [Settle(first[0], Sent)]);
        Assert.Single(await Queue.ClaimSuspectAsync("c", "", "slow", [("slow", 1)], Cancellation));
    }

    [Fact]
    public async Task An_email_that_cannot_be_read_holds_up_neither_its_batch_nor_a_takeover()
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(5));
        await Tables.DamageEnvelopeAsync(ids[1]);
        await Tables.DamageEnvelopeAsync(ids[3]);
        var claims = await ClaimAsync("a", 5);
        await WriteAsync(marks: [.. claims.Where(c => c.Row.Id == ids[0] || c.Row.Id == ids[1])]);

        await TakeOverAsync("a");

        Assert.Equal(5, claims.Count);
        var states = new List<OutboxState>();
        foreach (var id in ids)
            states.Add((await Host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Equal(
            [OutboxState.Unknown, OutboxState.Unknown, OutboxState.Waiting, OutboxState.Waiting, OutboxState.Waiting], states);
        var parked = await Host.Outbox.GetAsync(ids[1], Cancellation);
        Assert.False(parked!.IsReadable);
        Assert.Contains("may have been delivered", Assert.Single(parked.History).Text, StringComparison.Ordinal);
        Assert.Equal(3, (await ClaimAllSuspectsAsync("b")).Count);
    }

    [Fact]
    public async Task Times_and_numbers_at_their_ends_saturate_and_keep_their_order()
    {
        await Tables.SetNextNumberAsync(int.MaxValue - 1L);
        var first = await Host.EnqueueManyAsync(TestEmail.Many(3).Select(e => e with { IsOrdered = true }));
        await Tables.SetNextNumberAsync((1L << 53) - 2);
        var second = await Host.EnqueueManyAsync(TestEmail.Many(3).Select(e => e with { IsOrdered = true }));
        var last = await Host.EnqueueAsync(TestEmail.To("ann"), sendAt: DateTimeOffset.MaxValue);

        var sent = new List<Guid>();
        while (await Queue.ClaimAsync("a", Key with { IsOrdered = true }, 10, [], Cancellation) is [var claim])
        {
            sent.Add(claim.Row.Id);
            await WriteAsync(settlements: [Settle(claim, Sent)]);
        }

        Assert.Equal([.. first, .. second], sent);
        var entry = await Host.Outbox.GetAsync(last, Cancellation);
        Assert.Equal((9999, OutboxState.Waiting), (entry!.DueAt!.Value.Year, entry.State));
        Assert.Empty(await ClaimAsync("a", 1));
    }

    private protected abstract Task<OutboxHost> StartAsync();

    private protected async Task<List<Claim>> ClaimAllSuspectsAsync(string token)
    {
        var all = new List<Claim>();
        while (await Queue.ClaimSuspectAsync(token, "", "", [], Cancellation) is [var claim])
            all.Add(claim);
        return all;
    }

    /// <summary>Claims suspected emails until it has a certain one, and gives the others back.</summary>
    private async Task<List<Claim>> ClaimSuspectAsync(string token, Guid id)
    {
        await Tables.MakeDueAsync(OutboxPriority.Normal);
        var others = new List<Claim>();
        List<Claim> claims;
        while ((claims = await Queue.ClaimSuspectAsync(token, "", "", [], Cancellation)).Exists(c => c.Row.Id != id))
            others.AddRange(claims);
        await WriteAsync(releases: others);
        return claims;
    }

    private protected Task<List<Claim>> ClaimAsync(string token, int count) => Queue.ClaimAsync(token, Key, count, [], Cancellation);

    private async Task TakeOverAsync(string token)
    {
        var beat = (await Workers.BeatAsync(null, Cancellation))[token];
        Assert.NotNull(await Workers.TakeOverAsync(token, beat, TimeSpan.Zero, "here", Cancellation));
    }

    private async Task<WriteResult> WriteAsync(
        IReadOnlyList<Claim>? marks = null, IReadOnlyList<Settlement>? settlements = null, IReadOnlyList<Claim>? releases = null)
    {
        await using DbConnection connection = await Host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
        return await Queue.WriteAsync(
            connection, new WriteGroup([.. (marks ?? []).Select(c => (c, "run"))], settlements ?? [], releases ?? []));
    }

    private static Settlement Settle(Claim claim, StateTransition transition) =>
        new(claim, transition, new AttemptDetails("run", Outcome.Accepted, 250, "2.0.0 Ok", 1));
}
