using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>PostgreSQL carries out what the outbox asks for, and its answer is lost; or it falls silent.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RelayTests(SharedPostgres shared) : IAsyncLifetime
{
    // Not the one of the isolation level.
    private const string Commit = "COMMIT\0";

    private string _database = "";
    private DatabaseRelay? _relay;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DatabaseRelay Relay => _relay!;

    public async ValueTask InitializeAsync()
    {
        _database = await shared.CreateDatabaseAsync();
        _relay = DatabaseRelay.Start(_database);
    }

    public async ValueTask DisposeAsync() => await Relay.DisposeAsync();

    [Theory]
    [InlineData("claim", "WITH me AS")]
    [InlineData("mark", "u.worker, transmitting_at")]
    [InlineData("result", "WITH done AS")]
    [InlineData("registration", "INSERT INTO smtp_outbox_worker")]
    public async Task Each_email_is_sent_once_if_the_answer_of_a_statement_is_lost(string name, string statement)
    {
        await using var direct = await StartAsync(throughRelay: false);
        var ids = await direct.EnqueueManyAsync(TestEmail.Many(20));
        var swallowed = Relay.SwallowAnswerTo(statement);

        await using var host = await StartAsync(o => o.EnableWorker = true);
        await swallowed.WaitAsync(Cancellation);

        foreach (var id in ids)
        {
            var entry = await direct.UntilAsync(id, OutboxState.Sent);
            Assert.Equal((name, 1, 1), (name, entry.AttemptCount, entry.History.Count));
        }
        Assert.Equal(20, host.Server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
        Assert.Equal(20, host.Server.Messages.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("order-1")]
    public async Task An_email_is_stored_once_if_the_answer_of_the_commit_is_lost(string? key)
    {
        await using var host = await StartAsync();
        var swallowed = Relay.SwallowAnswerTo(Commit);

        var id = await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: key);

        Assert.True(swallowed.IsCompleted);
        Assert.Equal(id, Assert.Single((await host.Outbox.ListAsync(cancellationToken: Cancellation)).Entries).Id);
    }

    [Fact]
    public async Task EnqueueAsync_says_which_ids_may_be_stored_if_the_database_stays_away_after_the_commit()
    {
        await using var host = await StartAsync();
        _ = Relay.SwallowAnswerTo(Commit, thenCut: true);

        var exception = await Assert.ThrowsAsync<OutboxCommitException>(() => host.EnqueueManyAsync(TestEmail.Many(2)));

        Relay.Resume();
        var page = await host.Outbox.ListAsync(cancellationToken: Cancellation);
        Assert.Equal(exception.Ids.Order(), page.Entries.Select(e => e.Id).Order());
    }

    [Fact]
    public async Task A_decision_is_carried_out_once_if_the_answer_of_its_commit_is_lost()
    {
        await using var host = await StartAsync();
        var id = await host.EnqueueAsync(TestEmail.To("ann"), sendAt: DateTimeOffset.MaxValue);

        var swallowed = Relay.SwallowAnswerTo(Commit);
        Assert.True(await host.Outbox.CancelAsync(id, Cancellation));
        Assert.True(swallowed.IsCompleted);
        swallowed = Relay.SwallowAnswerTo(Commit);
        Assert.True(await host.Outbox.ResendAsync(id, Cancellation));
        Assert.True(swallowed.IsCompleted);

        var entry = await host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal(OutboxState.Waiting, entry!.State);
        Assert.Equal(["Waiting: canceled.", "Canceled: resent."], entry.History.Select(a => a.Text));
    }

    [Fact]
    public async Task A_result_that_comes_after_the_takeover_ends_the_parked_email()
    {
        await using var direct = await StartAsync(throughRelay: false);
        await using var host = await StartAsync(o => o.EnableWorker = true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).WaitFor(answer.Task);
        var id = await direct.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);

        Relay.Cut();
        await TakeOverAsync(direct);
        Assert.Equal(OutboxState.Unknown, (await direct.Outbox.GetAsync(id, Cancellation))!.State);
        answer.SetResult();
        Relay.Resume();

        var entry = await direct.UntilAsync(id, OutboxState.Sent);
        Assert.Equal([Outcome.Unknown, Outcome.Accepted], entry.History.Select(a => a.Outcome));
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task A_result_that_comes_after_a_persons_decision_is_added_to_the_history()
    {
        await using var direct = await StartAsync(throughRelay: false);
        await using var host = await StartAsync(o => o.EnableWorker = true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).WaitFor(answer.Task);
        var id = await direct.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);

        Relay.Cut();
        await TakeOverAsync(direct);
        Assert.True(await direct.Outbox.DiscardAsync(id, Cancellation));
        answer.SetResult();
        Relay.Resume();
        await Poll.UntilAsync(async () => (await direct.Outbox.GetAsync(id, Cancellation))!.History.Count == 3, Cancellation);

        var entry = await direct.Outbox.GetAsync(id, Cancellation);
        Assert.Equal(OutboxState.Discarded, entry!.State);
        Assert.Equal((Outcome.Accepted, 250), (entry.History[2].Outcome, entry.History[2].Status));
        Assert.StartsWith("Too late: ", entry.History[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_vanishes_without_a_word_is_noticed_by_each_loop_and_by_the_listener()
    {
        await using var direct = await StartAsync(throughRelay: false);
        await using var host = await StartAsync(o => o.EnableWorker = true);
        var answer = new TaskCompletionSource();
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        var first = await direct.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);

        Relay.FallSilent();
        answer.SetResult();
        var second = await direct.EnqueueAsync(TestEmail.To("bob"));
        // The result, the heartbeat and the claims.
        await Relay.UntilUnansweredAsync(3);
        var listensAgain = Relay.WaitForAsync("LISTEN");
        Relay.Resume();

        Assert.Equal(1, (await direct.UntilAsync(first, OutboxState.Sent)).AttemptCount);
        await direct.UntilAsync(second, OutboxState.Sent);
        await listensAgain.WaitAsync(Cancellation);
        Assert.Equal(2, host.Server.Messages.Count);
    }

    private Task<OutboxHost> StartAsync(bool throughRelay) => StartAsync(_ => { }, throughRelay);

    private Task<OutboxHost> StartAsync(Action<OutboxOptions>? configure = null, bool throughRelay = true) => OutboxHost.StartAsync(o =>
    {
        o.UsePostgres(throughRelay ? Relay.Through(_database) : _database).EnableWorker = false;
        configure?.Invoke(o);
    });

    private static async Task TakeOverAsync(OutboxHost host)
    {
        var workers = host.Services.GetRequiredService<WorkerTable>();
        var (token, beat) = Assert.Single(await workers.BeatAsync(null, Cancellation));
        Assert.NotNull(await workers.TakeOverAsync(token, beat, TimeSpan.Zero, "here", Cancellation));
    }
}
