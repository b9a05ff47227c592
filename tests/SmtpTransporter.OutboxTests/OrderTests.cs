using System.Threading.RateLimiting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What goes first, how fast, and what stops it.</summary>
public sealed class OrderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_password_goes_before_the_newsletter_that_came_first()
    {
        await using var host = await OutboxHost.StartAsync(o => o.MaxConcurrency = 1);
        await host.StopAsync();
        await host.RunAsync(sends: false);
        await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 30).Select(i => Item($"low{i:00}", OutboxPriority.Low)), cancellationToken: Cancellation);
        await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 3).Select(i => Item($"normal{i}", OutboxPriority.Normal)), cancellationToken: Cancellation);
        await host.Outbox.EnqueueAsync(Item("high", default).Email, priority: OutboxPriority.High, cancellationToken: Cancellation);
        await host.StopAsync();

        await host.RunAsync();
        await host.Server.WaitForMessageAsync(33, Cancellation);

        var order = host.Server.Messages.Select(m => m.Recipients[0].Split('@')[0]).ToList();
        Assert.Equal("high", order[0]);
        Assert.Equal(["normal0", "normal1", "normal2"], order[1..4].Order());
        Assert.All(order[4..], to => Assert.StartsWith("low", to, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_gate_lets_in_by_priority_and_passes_over_those_who_gave_up()
    {
        var gate = new PriorityGate();
        var first = await gate.EnterAsync(OutboxPriority.Low, Cancellation);
        using var impatient = new CancellationTokenSource();
        var entered = new List<string>();
        var gaveUp = gate.EnterAsync(OutboxPriority.High, impatient.Token);
        Task[] others = [EnterAsync("low", OutboxPriority.Low), EnterAsync("normal", OutboxPriority.Normal), EnterAsync("high", OutboxPriority.High)];
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);

        first.Dispose();
        await Task.WhenAll(others);

        Assert.Equal(["high", "normal", "low"], entered);
        using (await gate.EnterAsync(OutboxPriority.Low, Cancellation))
            Assert.Equal(3, entered.Count);

        async Task EnterAsync(string name, OutboxPriority priority)
        {
            using (await gate.EnterAsync(priority, Cancellation))
                entered.Add(name);
        }
    }

    [Fact]
    public async Task Paused_nothing_is_sent_until_it_is_resumed_and_a_restart_does_not_resume_it()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.Outbox.PauseAsync(Cancellation);
        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));
        var id = await host.Outbox.EnqueueAsync(Item("ann", default).Email, cancellationToken: Cancellation);
        await host.StopAsync();
        await host.RunAsync();
        var control = await host.Outbox.EnqueueAsync(Item("bob", default).Email, cancellationToken: Cancellation);

        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));
        Assert.Empty(host.Server.Messages);
        await host.Outbox.ResumeAsync(Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);
        await host.UntilAsync(control, OutboxState.Sent);

        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task The_rate_is_kept_evenly()
    {
        await using var host = await OutboxHost.StartAsync(o => o.LimitRate(20, TimeSpan.FromSeconds(1)));

        var ids = await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 30).Select(i => Item($"u{i}", default)), cancellationToken: Cancellation);
        var ends = new List<DateTimeOffset>();
        foreach (var id in ids)
            ends.Add((await host.UntilAsync(id, OutboxState.Sent)).History[0].At);
        ends.Sort();

        // 29 gaps of 50 ms: never faster. How much slower depends on the machine.
        Assert.True(ends[^1] - ends[0] >= TimeSpan.FromSeconds(1.35), $"{ends[^1] - ends[0]}");
    }

    [Fact]
    public async Task A_limiter_of_ones_own_is_asked_for_each_mail_and_its_lease_given_back()
    {
        await using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 });
        await using var host = await OutboxHost.StartAsync(o => o.UseRateLimiter(limiter));

        var ids = await host.Outbox.EnqueueManyAsync(Enumerable.Range(0, 6).Select(i => Item($"u{i}", default)), cancellationToken: Cancellation);
        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(6, limiter.GetStatistics()!.TotalSuccessfulLeases);
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }

    [Theory]
    [InlineData(1, 0.5, 60)]
    [InlineData(2, 0.5, 120)]
    [InlineData(5, 0.5, 960)]
    [InlineData(50, 0.5, 14400)]
    [InlineData(5000, 0.5, 14400)]
    [InlineData(1, 0, 48)]
    [InlineData(1, 1, 72)]
    public void Waits_double_up_to_the_longest_and_are_scattered(int tries, double chance, double seconds) =>
        Assert.Equal(seconds, RetrySchedule.After(new OutboxOptions(), tries, chance)!.Value.TotalSeconds, 6);

    [Fact]
    public async Task A_schedule_of_ones_own_gives_up_where_it_says_so()
    {
        await using var host = await OutboxHost.StartAsync(o => o.RetrySchedule = tries => tries < 3 ? TimeSpan.FromMilliseconds(20) : null);
        host.Server.Script.On(SmtpStep.MailFrom).Reply(451, "4.3.0 Later");

        var id = await host.Outbox.EnqueueAsync(Item("ann", default).Email, cancellationToken: Cancellation);

        Assert.Equal(3, (await host.UntilAsync(id, OutboxState.DeadLettered)).AttemptCount);
    }

    private static OutboxEmail Item(string to, OutboxPriority priority) =>
        new(new Email { From = "shop@example.com", To = $"{to}@example.org", Subject = "Hello", TextBody = "Hello" }) { Priority = priority };
}
