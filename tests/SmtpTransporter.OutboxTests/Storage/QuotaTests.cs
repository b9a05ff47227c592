using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What is kept of quotas, and that nobody exceeds them, whatever the database.</summary>
public abstract class QuotaTests : QueryTestBase
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static SendQuota Shared { get; } = new("shared", SendQuotaUnit.Recipients, 10, Hour) { HighPriorityReserve = 0.2 };

    private static SendQuota Other { get; } = new("other", SendQuotaUnit.Messages, 3, TimeSpan.FromDays(1));

    private QuotaTable Quotas => Host.Services.GetRequiredService<QuotaTable>();

    [Fact]
    public async Task What_was_taken_counts_until_it_has_slid_out_of_the_window()
    {
        await PrepareAsync();
        Assert.NotEmpty((await TakeAsync(5)).Charges);
        Assert.NotEmpty((await TakeAsync(3)).Charges);

        var full = await TakeAsync(1);

        Assert.Empty(full.Charges);
        Assert.Equal(Shared, full.FullQuota);
        Assert.InRange(full.Wait, Hour - TimeSpan.FromMinutes(2), Hour + TimeSpan.FromMinutes(1));
        Assert.Equal(8, await GetUsedAsync(Shared));
        await Tables.AgeQuotasAsync(full.Wait - TimeSpan.FromMinutes(2));
        Assert.Empty((await TakeAsync(1)).Charges);
        await Tables.AgeQuotasAsync(TimeSpan.FromMinutes(4));
        Assert.NotEmpty((await TakeAsync(8)).Charges);
        Assert.Equal(8, await GetUsedAsync(Shared));
        Assert.Equal(1, await Tables.CountQuotaRowsAsync());
    }

    [Fact]
    public async Task The_reserve_is_only_for_emails_of_high_priority()
    {
        await PrepareAsync();
        Assert.NotEmpty((await TakeAsync(8)).Charges);

        Assert.Empty((await TakeAsync(1)).Charges);
        Assert.Empty((await TakeAsync(1, OutboxPriority.Low)).Charges);
        Assert.NotEmpty((await TakeAsync(2, OutboxPriority.High)).Charges);
        Assert.Empty((await TakeAsync(1, OutboxPriority.High)).Charges);
    }

    [Fact]
    public async Task An_email_takes_from_all_its_quotas_or_from_none()
    {
        await PrepareAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal(2, (await Quotas.TakeAsync([new(Other, 1), new(Shared, 1)], OutboxPriority.Normal, Cancellation)).Charges.Count);

        var full = await Quotas.TakeAsync([new(Shared, 1), new(Other, 1)], OutboxPriority.Normal, Cancellation);

        Assert.Equal(Other, full.FullQuota);
        Assert.Equal((3, 3), (await GetUsedAsync(Shared), await GetUsedAsync(Other)));
    }

    [Fact]
    public async Task What_was_not_used_is_given_back_and_what_was_used_counts_from_its_end()
    {
        await PrepareAsync();
        var unused = (await TakeAsync(2)).Charges;
        var used = (await TakeAsync(5)).Charges;
        await Tables.AgeQuotasAsync(TimeSpan.FromMinutes(30));
        QuotaCharge[] Aged(IEnumerable<QuotaCharge> charges) => [.. charges.Select(c => c with { EndsAt = c.EndsAt - 1_800_001 })];

        await Quotas.SettleAsync(Aged(unused), isUsed: false, Cancellation);
        Assert.Equal(5, await GetUsedAsync(Shared));
        await Quotas.SettleAsync(Aged(used), isUsed: true, Cancellation);
        await Tables.AgeQuotasAsync(TimeSpan.FromMinutes(45));

        Assert.Equal(5, await GetUsedAsync(Shared));
        await Tables.AgeQuotasAsync(TimeSpan.FromMinutes(17));
        Assert.Equal(0, await GetUsedAsync(Shared));
    }

    [Fact]
    public async Task After_the_clock_has_gone_back_what_was_used_counts_for_one_window_from_now()
    {
        await PrepareAsync();
        await TakeAsync(6);
        await Tables.AgeQuotasAsync(TimeSpan.FromDays(-400));

        Assert.Equal(6, await GetUsedAsync(Shared));
        Assert.NotEmpty((await TakeAsync(1)).Charges);
        Assert.Equal(7, await GetUsedAsync(Shared));
        Assert.InRange((await TakeAsync(2)).Wait, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(62));
        await Tables.AgeQuotasAsync(TimeSpan.FromMinutes(62));
        Assert.Equal(0, await GetUsedAsync(Shared));
    }

    [Fact]
    public async Task Many_that_take_at_once_never_take_more_than_there_is()
    {
        await PrepareAsync();
        using var others = new OtherProcesses(UseSame);
        QuotaTable[] tables = [Quotas, others.Add(), others.Add()];
        var quota = new SendQuota("busy", SendQuotaUnit.Recipients, 50, Hour);

        var answers = await Task.WhenAll(Enumerable.Range(0, 90).Select(i => Task.Run(
            () => tables[i % 3].TakeAsync([new(quota, 1)], OutboxPriority.Normal, Cancellation))));

        Assert.Equal(50, answers.Count(a => a.FullQuota is null));
        Assert.Equal(50, await GetUsedAsync(quota));
    }

    [Fact]
    public async Task A_quota_holds_over_a_restart_and_an_email_that_expires_meanwhile_names_it()
    {
        await RestartAsync(o => o.LimitQuota(Shared));
        await Host.EnqueueAsync(new Email { From = "shop@example.com", To = ["a@example.org", "b@example.org"], TextBody = "x" });
        await Host.EnqueueManyAsync(TestEmail.Many(6));
        await SendAsync();
        await Host.Server.WaitForMessageAsync(6, Cancellation);

        await Host.StopAsync();
        await Host.RunAsync();
        var late = await Outbox.EnqueueAsync(
            TestEmail.To("late"), expiresAt: DateTimeOffset.UtcNow.AddSeconds(1), cancellationToken: Cancellation);
        var waits = await Host.EnqueueAsync(TestEmail.To("waits"));
        var high = await Host.EnqueueAsync(TestEmail.To("high"), priority: OutboxPriority.High);

        await Host.UntilAsync(high, OutboxState.Sent);
        var dead = await Host.UntilAsync(late, OutboxState.DeadLettered);
        Assert.EndsWith(
            "It waited for the quota \"shared\" (10 recipients in 1 hour).", Assert.Single(dead.History).Text, StringComparison.Ordinal);
        Assert.Equal(OutboxState.Waiting, (await Outbox.GetAsync(waits, Cancellation))!.State);
        Assert.Equal(8, Host.Server.Messages.Count);
        await Tables.AgeQuotasAsync(TimeSpan.FromHours(2));
        await Host.StopAsync();
        await Host.RunAsync();
        await Host.UntilAsync(waits, OutboxState.Sent);
    }

    [Fact]
    public async Task Three_workers_at_once_never_send_more_in_any_window()
    {
        const int Maximum = 10;
        const int Count = 30;
        var window = TimeSpan.FromSeconds(4);
        var quota = new SendQuota("fast", SendQuotaUnit.Messages, Maximum, window);
        void Configure(OutboxOptions options) => options.LimitQuota(quota).LimitQuota(quota, "newsletter").IsFileShared = true;
        await RestartAsync(Configure);
        await using var second = await OutboxHost.StartAsync(ConfigureSame);
        await using var third = await OutboxHost.StartAsync(ConfigureSame);
        var times = new ConcurrentBag<long>();
        foreach (var server in (SmtpTestServer[])[Host.Server, second.Server, third.Server])
            server.Script.On(SmtpStep.EndOfData).Do(_ => times.Add(Stopwatch.GetTimestamp()));
        await SendAsync();
        await Host.EnqueueManyAsync(TestEmail.Many(Count).Select(
            (e, i) => e with { TransporterName = i % 2 == 0 ? null : "newsletter" }));

        await Poll.UntilAsync(async () => (await Outbox.CountAsync(Cancellation))[OutboxState.Sent] == Count, Cancellation);

        var sorted = times.Order().ToList();
        Assert.Equal(Count, sorted.Count);
        for (var i = Maximum; i < Count; i++)
            Assert.True(Stopwatch.GetElapsedTime(sorted[i - Maximum], sorted[i]) >= window, $"{i}: {string.Join(' ', sorted)}");

        void ConfigureSame(OutboxOptions options)
        {
            UseSame(options);
            Configure(options);
        }
    }

    [Fact]
    public async Task Tables_of_version_5_get_the_quotas_and_keep_their_emails()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Host.StopAsync();
        await Tables.RestoreFifthVersionAsync();

        await Host.RunAsync(o => o.LimitQuota(Shared).EnableWorker = true);

        await Host.UntilAsync(id, OutboxState.Sent);
        Assert.Empty(await Host.Services.GetRequiredService<Database>().CreateInspector().InspectAsync(Cancellation));
        await Poll.UntilAsync(async () => await GetUsedAsync(Shared) == 1, Cancellation);
    }

    [Fact]
    public async Task A_forecast_says_when_each_queue_is_empty_and_what_it_waits_for()
    {
        await RestartAsync(o => o.LimitQuota(Other).LimitQuota(Shared).LimitRate(1, TimeSpan.FromSeconds(10), "newsletter"));
        await Host.EnqueueManyAsync(TestEmail.Many(4));
        await Host.EnqueueManyAsync(TestEmail.Many(6).Select(e => e with { TransporterName = "newsletter" }));
        await Host.EnqueueManyAsync(TestEmail.Many(2).Select(e => e with { TransporterName = "free" }));
        await Quotas.TakeAsync([new(Other, 1)], OutboxPriority.Normal, Cancellation);
        var monitor = Host.Services.GetRequiredService<IOutboxMonitor>();
        var now = await monitor.GetTimeAsync(Cancellation);

        var forecasts = await monitor.ForecastAsync(cancellationToken: Cancellation);

        Assert.Equal(["", "free", "newsletter"], forecasts.Select(f => f.TransporterName));
        Assert.Equal([4, 2, 6], forecasts.Select(f => f.Waiting.Count));
        Assert.Equal([4, 2, 6], forecasts.Select(f => f.Recipients));
        Assert.Equal("the quota \"other\" (3 messages in 1 day)", forecasts[0].Limit);
        Assert.Equal("the rate of one email in 10 seconds", forecasts[2].Limit);
        Assert.InRange(forecasts[0].EmptyAt!.Value, now.AddHours(23.9), now.AddHours(24.5));
        Assert.Null(forecasts[1].EmptyAt);
        Assert.InRange(forecasts[2].EmptyAt!.Value, now.AddSeconds(49), now.AddSeconds(120));
        Assert.Equal([(Other, 1L, null), (Shared, 0L, null)], forecasts[0].Quotas.Select(q => (q.Quota, q.Used, q.RoomAt)));
        await Outbox.PauseAsync("ann", transporterName: "newsletter", cancellationToken: Cancellation);
        forecasts = await monitor.ForecastAsync(3, Cancellation);
        Assert.Equal(("a pause", null), (forecasts[2].Limit, forecasts[2].EmptyAt));
        Assert.Equal((new OutboxMatchCount(3, true), null), (forecasts[0].Waiting, forecasts[0].EmptyAt));
    }

    private Task<OutboxCounts> PrepareAsync() => Outbox.CountAsync(Cancellation);

    private Task<QuotaAnswer> TakeAsync(int amount, OutboxPriority priority = OutboxPriority.Normal) =>
        Quotas.TakeAsync([new(Shared, amount)], priority, Cancellation);

    private async Task<long> GetUsedAsync(SendQuota quota)
    {
        var (now, buckets) = await Quotas.ReadAsync([quota.Name], Cancellation);
        return new QuotaWindow(quota.Window, now, buckets[quota.Name]).Used;
    }

    /// <summary>Lets another process use the database of the host.</summary>
    private protected virtual void UseSame(OutboxOptions options) => Use(options);

    /// <summary>Further processes with the same database, as far as one process can be several.</summary>
    private sealed class OtherProcesses(Action<OutboxOptions> use) : IDisposable
    {
        private readonly List<ServiceProvider> _all = [];

        public QuotaTable Add()
        {
            var provider = new ServiceCollection().AddSmtpOutbox(use).BuildServiceProvider();
            _all.Add(provider);
            return provider.GetRequiredService<QuotaTable>();
        }

        public void Dispose() => _all.ForEach(p => p.Dispose());
    }
}
