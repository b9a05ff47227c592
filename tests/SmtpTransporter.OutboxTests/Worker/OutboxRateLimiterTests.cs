using System.Threading.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Rates and custom limiters.</summary>
public sealed class OutboxRateLimiterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Emails_are_spread_evenly_over_the_rate()
    {
        await using var host = await OutboxHost.StartAsync(o => o.LimitRate(20, TimeSpan.FromSeconds(1)));

        var begin = DateTimeOffset.UtcNow;
        var ids = await host.EnqueueManyAsync(TestEmail.Many(30));
        var ends = new List<DateTimeOffset>();
        foreach (var id in ids)
            ends.Add((await host.UntilAsync(id, OutboxState.Sent)).History[0].At);
        ends.Sort();

        // 29 gaps of 50 ms behind the first permit, which comes after the beginning: never faster. How much slower depends on the machine.
        Assert.True(ends[^1] - begin >= 29 * TimeSpan.FromMilliseconds(50), $"{ends[^1] - begin}");
    }

    [Fact]
    public async Task A_slot_that_is_later_than_a_timer_can_last_is_waited_for()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await OutboxHost.StartAsync(
            o => o.LimitRate(1, TimeSpan.FromDays(1)).EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        var limiter = host.Services.GetRequiredService<OutboxRateLimiter>();
        (await limiter.EnterAsync("", null, Cancellation))?.Dispose();
        await host.Tables.PostponeRatesAsync(TimeSpan.FromDays(99));
        var begin = time.GetUtcNow();

        var waiting = limiter.EnterAsync("", null, Cancellation);
        await Poll.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromDays(10));
                return Task.FromResult(waiting.IsCompleted);
            },
            Cancellation);

        (await waiting)?.Dispose();
        Assert.InRange(time.GetUtcNow() - begin, TimeSpan.FromDays(100), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_limiter_that_fails_is_asked_again()
    {
        await using var limiter = new FailingLimiter(failures: 3);
        await using var host = await OutboxHost.StartAsync(o => o.UseRateLimiter(limiter).MaxConcurrency = 2);

        foreach (var id in await host.EnqueueManyAsync(TestEmail.Many(6)))
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(6, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_custom_limiter_gives_each_email_a_lease_that_is_disposed_afterwards()
    {
        await using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 });
        await using var host = await OutboxHost.StartAsync(o => o.UseRateLimiter(limiter));

        var ids = await host.EnqueueManyAsync(TestEmail.Many(6));
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(6, limiter.GetStatistics()!.TotalSuccessfulLeases);
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }
}
