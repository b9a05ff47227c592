using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>Commits that have run, and whose answers were lost.</summary>
public sealed class LostAnswerTests
{
    private const string Settle = "ended_at = CASE WHEN u.state";
    private const string Decide = "ended_at = CASE WHEN @state";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_result_whose_answer_was_lost_is_recorded_and_counted_once()
    {
        using var outbox = new Measurements();
        await using var host = await StartAsync(new LostAnswers(Settle, 2), sends: true);
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());

        var entry = await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Sent);
        await outbox.UntilAsync("smtp.outbox.attempts Accepted", Cancellation);

        Assert.Single(entry.History);
        Assert.Equal(1, outbox["smtp.outbox.attempts Accepted"]);
    }

    [Fact]
    public async Task A_decision_whose_answer_was_lost_is_carried_out_once_and_the_caller_is_told_so()
    {
        await using var host = await StartAsync(new LostAnswers(Decide, 1), sends: false);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));

        Assert.True(await host.Outbox.CancelAsync(id, Cancellation));

        var entry = await host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal(OutboxState.Canceled, entry!.State);
        Assert.Single(entry.History);
    }

    [Fact]
    public async Task A_decision_of_somebody_else_is_not_taken_for_the_own_whose_answer_was_lost()
    {
        await using var host = await StartAsync(new LostAnswers(Decide, 1), sends: false);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var actions = host.Services.GetRequiredService<EmailActions>();
        var row = await host.Services.GetRequiredService<EmailStore>().FindAsync(id, Cancellation);

        Assert.True(await actions.CarryOutAsync(EmailActions.Cancel(row!), Cancellation));

        Assert.False(await actions.CarryOutAsync(actions.Resend(row!), Cancellation));
        Assert.Single((await host.Outbox.GetAsync(id, Cancellation))!.History);
    }

    private static Task<OutboxHost> StartAsync(IDatabaseCalls calls, bool sends) => OutboxHost.StartAsync(options =>
    {
        options.Connections = new FaultingDbProviderFactory(SqliteFactory.Instance, calls);
        options.EnableWorker = sends;
    });
}
