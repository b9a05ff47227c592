using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>For which workers a pause or a cancel waits, in a time that passes twenty times faster.</summary>
public sealed class RecallTests : IAsyncLifetime
{
    private OutboxHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OutboxHost Host => _host!;

    public async ValueTask InitializeAsync() => _host = await OutboxHost.StartAsync(
        o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(new AcceleratedTime(20)));

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task A_pause_waits_for_a_worker_that_has_ended_only_until_its_lease_is_over()
    {
        await Host.Tables.AddWorkerAsync("dead", 0);

        await Host.Outbox.PauseAsync(Cancellation);

        Assert.True(await Host.Outbox.IsPausedAsync(Cancellation));
    }

    [Fact]
    public async Task A_worker_of_an_earlier_version_is_not_waited_for_because_it_does_not_acknowledge()
    {
        await Host.Tables.AddWorkerAsync("old", null);
        await BeatForeverAsync("old", Host.Outbox.PauseAsync(Cancellation));

        Assert.True(await Host.Outbox.IsPausedAsync(Cancellation));
    }

    [Fact]
    public async Task A_cancel_waits_only_for_the_worker_that_holds_the_email()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Host.Tables.AddWorkerAsync("other", 0);
        await Host.Tables.HoldByAsync(id, "holder", isBroken: false);

        var canceling = Host.Outbox.CancelAsync(id, Cancellation);
        await BeatForeverAsync("other", canceling);

        Assert.True(await canceling);
    }

    [Fact]
    public async Task A_worker_that_lives_and_does_not_acknowledge_is_named_and_the_pause_remains()
    {
        await Host.Tables.AddWorkerAsync("stuck", 0);

        var exception = await Assert.ThrowsAnyAsync<TimeoutException>(
            () => BeatForeverAsync("stuck", Host.Outbox.PauseAsync(Cancellation)));

        Assert.Contains("the worker stuck has not acknowledged it for 60 seconds", exception.Message, StringComparison.Ordinal);
        Assert.True(await Host.Outbox.IsPausedAsync(Cancellation));
    }

    /// <summary>Lets a worker live until a call has ended.</summary>
    private async Task BeatForeverAsync(string worker, Task call)
    {
        while (!call.IsCompleted)
            await Host.Tables.BeatAsync(worker);
        await call;
    }
}
