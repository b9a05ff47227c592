using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Decisions of the application about emails whose delivery status is unknown.</summary>
public sealed class UnknownResolverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(UnknownDecision.Park, OutboxState.Unknown, 1)]
    [InlineData(UnknownDecision.Resend, OutboxState.Sent, 2)]
    [InlineData(UnknownDecision.Discard, OutboxState.Discarded, 1)]
    public async Task The_application_decides_about_an_email_whose_delivery_status_is_unknown(
        UnknownDecision decision, OutboxState state, int arrived)
    {
        var asked = new TaskCompletionSource<OutboxEntry>();
        await using var host = await OutboxHost.StartAsync(o => o.OnUnknown = (entry, _) =>
        {
            asked.SetResult(entry);
            return ValueTask.FromResult(decision);
        });
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        var entry = await host.UntilAsync(id, state);

        Assert.Equal(entry.MessageId, (await asked.Task).MessageId);
        Assert.Equal(arrived, host.Server.Messages.Count);
    }

    [Fact]
    public async Task An_email_stays_parked_if_OnUnknown_throws()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.OnUnknown = (_, _) => throw new InvalidOperationException("The log is missing."));
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));

        Assert.Equal(OutboxState.Unknown, (await host.UntilAsync(id, OutboxState.Unknown)).State);
        Assert.Single(host.Server.Messages);
    }

    [Fact]
    public async Task A_policy_that_always_resends_is_limited_by_the_retry_delays_and_the_expiry()
    {
        await using var host = await OutboxHost.StartAsync(o =>
        {
            o.InitialRetryDelay = TimeSpan.FromMilliseconds(100);
            o.MaxRetryDelay = TimeSpan.FromSeconds(1);
            o.ExpireAfter = TimeSpan.FromSeconds(6);
            o.OnUnknown = (_, _) => ValueTask.FromResult(UnknownDecision.Resend);
        });
        host.Server.Script.On(SmtpStep.EndOfData).Close();

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.UntilKeptParkedAsync();

        Assert.InRange((await host.Outbox.GetAsync(id, Cancellation))!.AttemptCount, 2, 12);
    }

    [Fact]
    public async Task OnUnknown_is_not_called_while_the_run_may_be_alive()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.Tables.HoldTransmittingAsync("lost:1/1");
        await host.StopAsync();

        await host.RunAsync(o =>
        {
            o.EnableWorker = true;
            o.OnUnknownDelay = TimeSpan.FromHours(2);
            o.OnUnknown = (_, _) => ValueTask.FromResult(UnknownDecision.Discard);
        });
        var parked = await host.UntilAsync(id, OutboxState.Unknown);

        Assert.Equal(parked.TransmittingSince!.Value.AddHours(2), await host.Tables.GetAskTimeAsync());
    }
}
