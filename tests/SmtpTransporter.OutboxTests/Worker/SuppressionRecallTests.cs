using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>A suppression while a worker hangs, in a time that passes faster.</summary>
public sealed class SuppressionRecallTests : IAsyncLifetime
{
    private OutboxHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OutboxHost Host => _host!;

    public async ValueTask InitializeAsync() => _host = await OutboxHost.StartAsync(
        o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(new AcceleratedTime(25)));

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task Everything_that_waits_is_held_back_although_a_worker_hangs_and_the_same_call_goes_on_waiting_for_it()
    {
        var emails = Enumerable.Range(0, 501).Select(_ => new OutboxEmail(TestEmail.To("ann")));
        var ids = await Host.Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);
        await Host.Tables.AddWorkerAsync("stuck", 0);
        await Host.Tables.HoldByAsync(ids[0], "stuck", isBroken: false);
        var list = Host.Services.GetRequiredService<ISuppressionList>();
        var entry = new Suppression("ann@example.org", SuppressionReason.HardBounce);

        var exception = await Assert.ThrowsAsync<OutboxUnacknowledgedException>(
            () => BeatForeverAsync("stuck", list.AddAsync(entry, Cancellation)));

        Assert.Contains("the worker stuck has not acknowledged it", exception.Message, StringComparison.Ordinal);
        Assert.Single(await list.FindAsync("ann@example.org", Cancellation));
        Assert.Equal(501, (await Host.Outbox.CountAsync(Cancellation))[OutboxState.Canceled]);
        var again = list.AddAsync(entry, Cancellation);
        Assert.False(again.IsCompleted);
        await Host.Tables.RemoveWorkersAsync();
        Assert.False(await again);
    }

    [Fact]
    public async Task All_of_many_entries_are_stored_and_hold_back_although_a_worker_hangs()
    {
        var ids = await Host.Outbox.EnqueueManyAsync(
            [new OutboxEmail(TestEmail.To("u0")), new OutboxEmail(TestEmail.To("u250"))], cancellationToken: Cancellation);
        await Host.Tables.AddWorkerAsync("stuck", 0);
        await Host.Tables.HoldByAsync(ids[0], "stuck", isBroken: false);
        var list = Host.Services.GetRequiredService<ISuppressionList>();
        List<Suppression> entries =
            [.. Enumerable.Range(0, 251).Select(i => new Suppression($"u{i}@example.org", SuppressionReason.Manual))];

        await Assert.ThrowsAsync<OutboxUnacknowledgedException>(
            () => BeatForeverAsync("stuck", list.AddManyAsync(entries, Cancellation)));

        Assert.Equal(251, (await list.ListAsync(1000, cancellationToken: Cancellation)).Entries.Count);
        Assert.Equal(2, (await Host.Outbox.CountAsync(Cancellation))[OutboxState.Canceled]);
    }

    [Fact]
    public async Task An_entry_that_all_workers_know_is_found_again_without_waiting_for_them()
    {
        var list = Host.Services.GetRequiredService<ISuppressionList>();
        var entry = new Suppression("ann@example.org", SuppressionReason.Unsubscribe);
        Assert.True(await list.AddAsync(entry, Cancellation));
        Assert.False(await list.AddAsync(entry, Cancellation));
        await Host.Tables.AddWorkerAsync("stuck", 0);
        await Host.Outbox.EnqueueAsync(TestEmail.To("ann"), cancellationToken: Cancellation);

        Assert.False(await list.AddAsync(entry, Cancellation));

        Assert.Equal(1, (await Host.Outbox.CountAsync(Cancellation))[OutboxState.Canceled]);
        Assert.True(await list.RemoveAsync("ann@example.org", "bob", cancellationToken: Cancellation));
        Assert.True(await list.AddAsync(entry with { At = DateTimeOffset.UnixEpoch }, Cancellation));
        await Assert.ThrowsAsync<OutboxUnacknowledgedException>(() => BeatForeverAsync("stuck", list.AddAsync(entry, Cancellation)));
    }

    /// <summary>Lets a worker live until a call has ended.</summary>
    private async Task BeatForeverAsync(string worker, Task call)
    {
        while (!call.IsCompleted)
            await Host.Tables.BeatAsync(worker);
        await call;
    }
}
