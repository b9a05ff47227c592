using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The order in which emails are sent, and what stops it.</summary>
public sealed class ClaimerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_high_priority_email_is_sent_before_a_newsletter_that_came_first()
    {
        await using var host = await OutboxHost.StartAsync(o => o.MaxConcurrency = 1);
        await host.StopAsync();
        await host.RunAsync(sends: false);
        await host.EnqueueManyAsync(Enumerable.Range(0, 30).Select(i => Item($"low{i:00}", OutboxPriority.Low)));
        await host.EnqueueManyAsync(Enumerable.Range(0, 3).Select(i => Item($"normal{i}", OutboxPriority.Normal)));
        await host.EnqueueAsync(TestEmail.To("high"), priority: OutboxPriority.High);
        await host.StopAsync();

        await host.RunAsync();
        await host.Server.WaitForMessageAsync(33, Cancellation);

        var order = host.Server.Messages.Select(m => m.Recipients[0].Split('@')[0]).ToList();
        Assert.Equal("high", order[0]);
        Assert.Equal(["normal0", "normal1", "normal2"], order[1..4].Order());
        Assert.All(order[4..], to => Assert.StartsWith("low", to, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_high_priority_email_is_sent_before_newsletters_that_are_claimed_already()
    {
        var first = new TaskCompletionSource();
        await using var host = await OutboxHost.StartAsync(o => o.MaxConcurrency = 1);
        var reached = host.Server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(first.Task);
        await host.EnqueueManyAsync(Enumerable.Range(0, 300).Select(i => Item($"low{i}", OutboxPriority.Low)));
        await reached.Reached.WaitAsync(Cancellation);

        await host.EnqueueAsync(TestEmail.To("high"), priority: OutboxPriority.High);
        await host.Tables.UntilHeldAsync(101);
        first.SetResult();
        await host.Server.WaitForMessageAsync(300, Cancellation);

        Assert.Equal("high@example.org", host.Server.Messages[1].Recipients[0]);
    }

    [Fact]
    public async Task Each_of_many_lanes_has_its_turn_before_any_has_a_second_one()
    {
        const int Lanes = 120;
        await using var host = await OutboxHost.StartAsync(o => o.LimitConcurrency(1, lane: "own").EnableWorker = false);
        var all = Enumerable.Range(0, Lanes).Select(i => $"l{i}").Append("own").ToList();
        await host.EnqueueManyAsync(all.SelectMany(
            lane => Enumerable.Range(0, 3).Select(i => new OutboxEmail(TestEmail.To($"{lane}.{i}")) { Lane = lane })));
        await host.StopAsync();

        await host.RunAsync(o => (o.EnableWorker, o.MaxConcurrency) = (true, 1));
        await host.Server.WaitForMessageAsync(3 * (Lanes + 1) - 1, Cancellation);

        var order = host.Server.Messages.Select(m => m.Recipients[0].Split('.')[0]).Where(lane => lane != "own").ToList();
        Assert.Equal(Lanes, order.Take(Lanes).Distinct().Count());
        Assert.Equal(3 * Lanes, order.Count);
    }

    [Fact]
    public async Task Emails_that_wait_for_a_rate_do_not_block_those_of_other_transporters()
    {
        await using var limiter = new Turnstile();
        string[] limited = ["a", "b", "newsletter"];
        await using var host = await OutboxHost.StartAsync(
            o => Array.ForEach(limited, name => o.UseRateLimiter(limiter, name)),
            services => Array.ForEach(
                limited[..2], name => services.AddKeyedSmtpTransporter(name, _ => new ServerOptions { Host = "unused.example" })));
        var news = Enumerable.Range(0, 90).Select(
            i => Item($"low{i}", (OutboxPriority)(i / 3 % 3 - 1)) with { TransporterName = limited[i % 3] });
        var waiting = await host.EnqueueManyAsync(news);
        await limiter.Asked.WaitAsync(Cancellation);

        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(["ann@example.org"], host.Server.Messages.Select(m => m.Recipients[0]));
        Assert.InRange(await host.Tables.CountHeldAsync(), 3, 30);
        limiter.Open();
        await host.UntilAsync(waiting[^1], OutboxState.Sent);
    }

    [Fact]
    public async Task A_paused_outbox_sends_nothing_until_it_is_resumed_even_after_a_restart()
    {
        await using var host = await OutboxHost.StartAsync();
        await host.Outbox.PauseAsync(Cancellation);
        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await host.StopAsync();
        await host.RunAsync();
        var control = await host.EnqueueAsync(TestEmail.To("bob"));

        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));
        Assert.Empty(host.Server.Messages);
        await host.Outbox.ResumeAsync(Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);
        await host.UntilAsync(control, OutboxState.Sent);

        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_pause_stops_emails_that_wait_for_a_rate()
    {
        await using var limiter = new Turnstile();
        await using var host = await OutboxHost.StartAsync(o => o.UseRateLimiter(limiter));
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await limiter.Asked.WaitAsync(Cancellation);

        await host.Outbox.PauseAsync(Cancellation);
        limiter.Open();
        await limiter.Released.WaitAsync(Cancellation);
        await host.Tables.UntilReleasedAsync();

        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Empty(host.Server.Sessions);
        await host.Outbox.ResumeAsync(Cancellation);
        await host.UntilAsync(id, OutboxState.Sent);
    }

    private static OutboxEmail Item(string to, OutboxPriority priority) => new(TestEmail.To(to)) { Priority = priority };
}
