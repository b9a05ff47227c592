using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Requeuing, parking and removing.</summary>
public sealed class SweeperTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Orphaned_emails_are_requeued_however_many_they_are()
    {
        const int Count = 400;
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueManyAsync(TestEmail.Many(Count));
        await host.Tables.HoldAsync();
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);
        await host.Server.WaitForMessageAsync(Count - 1, Cancellation);

        Assert.Equal(Count, host.Server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
    }

    [Fact]
    public async Task An_email_whose_run_was_abandoned_is_parked_and_the_application_decides_when_the_run_has_certainly_ended()
    {
        var asked = new TaskCompletionSource<OutboxEntry>();
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.HoldTransmittingAsync("lost:1/1");
        await host.StopAsync();

        await host.RunAsync(o =>
        {
            o.EnableWorker = true;
            o.OnUnknown = (entry, _) =>
            {
                asked.SetResult(entry);
                return ValueTask.FromResult(UnknownDecision.Park);
            };
        });
        var parked = await asked.Task.WaitAsync(Cancellation);

        Assert.Equal(id, parked.Id);
        Assert.Contains("lost:1/1", Assert.Single(parked.History).Text, StringComparison.Ordinal);
        await host.Tables.UntilKeptParkedAsync();
        Assert.Equal(OutboxState.Unknown, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Empty(host.Server.Messages);
    }

    [Fact]
    public async Task A_worker_whose_emails_cannot_be_taken_over_does_not_hold_up_those_of_others()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var ids = await host.EnqueueManyAsync(TestEmail.Many(4));
        await host.Tables.HoldByAsync(ids[0], "a", isBroken: false);
        await host.Tables.HoldByAsync(ids[1], "b", isBroken: true);
        await host.Tables.HoldByAsync(ids[2], "c", isBroken: false);
        await host.Tables.HoldByAsync(ids[3], "d", isBroken: true);
        await host.StopAsync();

        await host.RunAsync(o => o.EnableWorker = true);
        await host.UntilAsync(ids[0], OutboxState.Sent);
        await host.UntilAsync(ids[2], OutboxState.Sent);

        Assert.Equal(2, await host.Tables.CountHeldAsync());
    }

    [Fact]
    public async Task A_sent_email_is_removed_after_its_retention_period_with_its_parts_and_attempts()
    {
        await using var host = await OutboxHost.StartAsync(o => o.RetentionPeriod = TimeSpan.Zero);
        var email = TestEmail.To("ann");
        email.Attachments.Add(MailAttachment.FromBytes(new byte[100_000], "big.bin"));
        host.Server.Script.On(SmtpStep.RcptTo, "bob").Reply(451, "4.2.0 Later");
        var sent = await host.EnqueueAsync(email);
        var waits = await host.EnqueueAsync(TestEmail.To("bob"), sendAt: DateTimeOffset.UtcNow.AddDays(1));
        await host.UntilAsync(sent, OutboxState.Sent);

        await host.Tables.MarkPartsUnusedAsync();
        await host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);

        Assert.Null(await host.Outbox.GetAsync(sent, Cancellation));
        Assert.NotNull(await host.Outbox.GetAsync(waits, Cancellation));
        Assert.Equal(0, await host.Tables.CountBelongingsAsync());
    }
}
