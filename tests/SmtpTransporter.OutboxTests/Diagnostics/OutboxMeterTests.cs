using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The metrics.</summary>
public sealed class OutboxMeterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_meter_counts_stored_attempted_dead_lettered_and_waiting_emails()
    {
        using var outbox = new Measurements();
        await using var host = await OutboxHost.StartAsync();
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, "5.1.1 Unknown");
        var ann = await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "one");
        await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "one");
        var bob = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.EnqueueAsync(TestEmail.To("cid"), sendAt: DateTimeOffset.UtcNow.AddDays(1));
        await host.UntilAsync(ann, OutboxState.Sent);
        await host.UntilAsync(bob, OutboxState.DeadLettered);
        // An attempt is counted just after it is recorded.
        await outbox.UntilAsync("smtp.outbox.attempts Accepted", Cancellation);
        await outbox.UntilAsync("smtp.outbox.dead_letters", Cancellation);

        await Poll.UntilAsync(
            async () =>
            {
                // The worker counts too; the next count may have to wait.
                await host.Services.GetRequiredService<Sweeper>().SweepAsync(Cancellation);
                outbox.Read();
                return outbox["smtp.outbox.emails DeadLettered"] == 1;
            },
            Cancellation);

        Assert.Equal(3, outbox["smtp.outbox.enqueued"]);
        Assert.Equal(1, outbox["smtp.outbox.attempts Accepted"]);
        Assert.Equal(1, outbox["smtp.outbox.attempts Refused"]);
        Assert.Equal(1, outbox["smtp.outbox.dead_letters"]);
        Assert.Equal(1, outbox["smtp.outbox.emails Sent"]);
        Assert.Equal(1, outbox["smtp.outbox.emails Waiting"]);
        Assert.Equal(0, outbox["smtp.outbox.emails Unknown"]);
        Assert.Equal(0, outbox["smtp.outbox.oldest_due"]);
    }

    [Fact]
    public async Task Emails_are_counted_less_often_if_that_takes_long()
    {
        using var outbox = new Measurements();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        outbox.ListenTo(host.Services.GetRequiredService<OutboxMeter>());
        var sweeper = host.Services.GetRequiredService<Sweeper>();
        // Each look at the clock takes a second.
        time.AutoAdvanceAmount = TimeSpan.FromSeconds(1);
        await sweeper.SweepAsync(Cancellation);
        time.AutoAdvanceAmount = TimeSpan.Zero;
        await host.EnqueueAsync(TestEmail.To("ann"));

        await sweeper.SweepAsync(Cancellation);
        outbox.Read();
        var soon = outbox["smtp.outbox.emails Waiting"];
        time.Advance(TimeSpan.FromMinutes(5));
        await sweeper.SweepAsync(Cancellation);
        outbox.Read();

        Assert.Equal((0, 1), (soon, outbox["smtp.outbox.emails Waiting"]));
    }
}
