using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>When a failed email is attempted again.</summary>
public sealed class RetryScheduleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0.5, 60)]
    [InlineData(2, 0.5, 120)]
    [InlineData(5, 0.5, 960)]
    [InlineData(50, 0.5, 14400)]
    [InlineData(10_000, 0.5, 14400)]
    [InlineData(int.MaxValue, 1, 14400)]
    [InlineData(1, 0, 48)]
    [InlineData(1, 1, 72)]
    public void Delays_double_up_to_the_maximum_and_have_jitter(int attempts, double chance, double seconds) =>
        Assert.Equal(seconds, RetrySchedule.GetDelay(new OutboxOptions(), attempts, chance)!.Value.TotalSeconds, 6);

    [Fact]
    public async Task A_custom_schedule_that_returns_null_gives_up()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.RetrySchedule = attempts => attempts < 3 ? TimeSpan.FromMilliseconds(20) : null);
        host.Server.Script.On(SmtpStep.MailFrom).Reply(451, "4.3.0 Later");

        var id = await host.EnqueueAsync(TestEmail.To("ann"));

        Assert.Equal(3, (await host.UntilAsync(id, OutboxState.DeadLettered)).AttemptCount);
    }

    [Fact]
    public async Task A_schedule_that_throws_is_replaced_and_one_without_a_delay_gives_up()
    {
        var calls = 0;
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.InitialRetryDelay = TimeSpan.FromMilliseconds(20);
            o.RetrySchedule = _ => ++calls == 1 ? throw new InvalidOperationException("The schedule is missing.") : null;
        });
        host.Server.Script.On(SmtpStep.RcptTo).Reply(451, "4.3.0 Later");

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var dead = await host.UntilAsync(id, OutboxState.DeadLettered);

        Assert.Equal(2, dead.AttemptCount);
        Assert.All(dead.History, t => Assert.Equal((Outcome.Deferred, 451), (t.Outcome, t.Status)));
    }
}
