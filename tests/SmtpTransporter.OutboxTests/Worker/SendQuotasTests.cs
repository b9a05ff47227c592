using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What an email that is sent takes from quotas, and what waits for them.</summary>
public sealed class SendQuotasTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Normal_emails_stop_at_90_percent_and_high_ones_pass_them()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 10, Day) { HighPriorityReserve = 0.1 };
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota));
        var normal = await host.EnqueueManyAsync(TestEmail.Many(12));
        await host.Server.WaitForMessageAsync(8, Cancellation);
        await host.Tables.UntilHeldAsync(3);

        var high = await host.EnqueueManyAsync(TestEmail.Many(2).Select(e => e with { Priority = OutboxPriority.High }));

        await host.UntilAsync(high[0], OutboxState.Sent);
        await host.Tables.UntilHeldAsync(4);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(high[1], Cancellation))!.State);
        Assert.Equal(9, (await CountAsync(host, normal)).Sent);
        Assert.Equal(10, host.Server.Messages.Count);
    }

    [Fact]
    public async Task What_waits_for_a_quota_holds_up_neither_another_transporter_nor_a_lane_with_limits_of_its_own()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 1, Day);
        await using var host = await OutboxHost.StartAsync(
            o => o.LimitQuota(quota, "newsletter").LimitQuota(new SendQuota("lane", SendQuotaUnit.Messages, 1, Day), lane: "tenant"));
        var limited = await host.EnqueueManyAsync(TestEmail.Many(30).Select(e => e with { TransporterName = "newsletter" }));
        var lane = await host.EnqueueManyAsync(TestEmail.Many(30).Select(e => e with { Lane = "tenant" }));

        foreach (var id in await host.EnqueueManyAsync(TestEmail.Many(30)))
            await host.UntilAsync(id, OutboxState.Sent);

        await Poll.UntilAsync(async () => (await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent] == 32, Cancellation);
        Assert.Equal((1, 29), await CountAsync(host, limited));
        Assert.Equal((1, 29), await CountAsync(host, lane));
    }

    [Fact]
    public async Task An_account_and_a_tenant_have_each_a_quota()
    {
        var tenant = new SendQuota("tenant", SendQuotaUnit.ExternalRecipients, 3, Day) { OwnDomains = ["example.com"] };
        await using var host = await OutboxHost.StartAsync(o => o
            .LimitQuota(new SendQuota("a", SendQuotaUnit.Messages, 2, Day)).LimitQuota(tenant)
            .LimitQuota(new SendQuota("b", SendQuotaUnit.Messages, 9, Day), "newsletter").LimitQuota(tenant, "newsletter"));
        await host.EnqueueManyAsync(TestEmail.Many(3));
        await host.Server.WaitForMessageAsync(1, Cancellation);
        await host.Tables.UntilHeldAsync(1);

        var own = await host.EnqueueAsync(TestEmail.To("ann@example.com"), transporterName: "newsletter");
        var external = await host.EnqueueAsync(TestEmail.To("bob"), transporterName: "newsletter");
        var more = await host.EnqueueAsync(TestEmail.To("cid"), transporterName: "newsletter");

        await host.UntilAsync(own, OutboxState.Sent);
        await host.UntilAsync(external, OutboxState.Sent);
        await UntilUsedAsync(host, tenant, 3);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(more, Cancellation))!.State);
        Assert.Equal(4, host.Server.Messages.Count);
    }

    [Fact]
    public async Task An_email_that_a_quota_never_allows_is_refused_and_the_error_names_the_quota()
    {
        await using var host = await OutboxHost.StartAsync(
            o => o.LimitQuota(new SendQuota("day", SendQuotaUnit.Recipients, 4, Day) { HighPriorityReserve = 0.5 }));

        var exception = await Assert.ThrowsAsync<EnqueueException>(() => host.EnqueueAsync(ToMany(3)));

        Assert.Equal("To", Assert.Single(exception.Errors).Property);
        Assert.Contains(
            "The email takes 3 of the quota \"day\" (4 recipients in 1 day), 2 of them for an email of this priority. Divide",
            exception.Message, StringComparison.Ordinal);
        await host.UntilAsync(await host.EnqueueAsync(ToMany(3), priority: OutboxPriority.High), OutboxState.Sent);
    }

    [Fact]
    public async Task An_email_that_was_stored_without_the_quota_and_never_fits_becomes_a_dead_letter_and_holds_up_no_other()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var large = await host.EnqueueAsync(ToMany(5));
        var small = await host.EnqueueAsync(ToMany(4));
        await host.StopAsync();

        await host.RunAsync(o => o.LimitQuota(new SendQuota("day", SendQuotaUnit.Recipients, 4, Day)).EnableWorker = true);

        var dead = await host.UntilAsync(large, OutboxState.DeadLettered);
        Assert.StartsWith("The email takes 5 of the quota \"day\"", Assert.Single(dead.History).Text, StringComparison.Ordinal);
        await host.UntilAsync(small, OutboxState.Sent);
    }

    [Fact]
    public async Task Each_transaction_counts_and_the_rest_of_an_email_waits_for_its_next_attempt()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 2, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota));
        host.Server.Script.On(SmtpStep.RcptTo, "r1").Reply(452, "4.5.3 Too many recipients");
        host.Server.Script.On(SmtpStep.RcptTo, "r2").Reply(452, "4.5.3 Too many recipients");

        var id = await host.EnqueueAsync(ToMany(3));
        var entry = await host.UntilAsync(id, e => e.AttemptCount >= 1);

        Assert.Equal(OutboxState.Waiting, entry.State);
        await UntilUsedAsync(host, quota, 2);
        Assert.InRange(host.Server.Sessions.Sum(s => s.Commands.Count(c => c.StartsWith("MAIL", StringComparison.Ordinal))), 1, 2);
    }

    [Fact]
    public async Task What_ended_before_MAIL_is_given_back_and_each_attempt_that_has_begun_counts()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 3, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota));
        host.Server.Script.On(SmtpStep.Connect).Times(3).Close();
        host.Server.Script.On(SmtpStep.RcptTo).Times(2).Reply(451, "4.3.0 Later");

        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Sent);

        await UntilUsedAsync(host, quota, 3);
    }

    [Fact]
    public async Task An_unknown_outcome_counts()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 1, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota));
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Unknown);

        var next = await host.EnqueueAsync(TestEmail.To("bob"));
        await host.Tables.UntilClaimedAsync(next);

        await UntilUsedAsync(host, quota, 1);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(next, Cancellation))!.State);
    }

    [Fact]
    public async Task An_email_that_waits_can_be_canceled_and_a_smaller_one_behind_it_goes_on()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Recipients, 4, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota));
        await host.UntilAsync(await host.EnqueueAsync(ToMany(2)), OutboxState.Sent);
        var large = await host.EnqueueAsync(ToMany(3));
        var small = await host.EnqueueAsync(ToMany(2));
        await host.Tables.UntilHeldAsync(2);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(small, Cancellation))!.State);

        Assert.True(await host.Outbox.CancelAsync(large, Cancellation));

        await host.UntilAsync(small, OutboxState.Sent);
    }

    [Fact]
    public async Task When_the_clock_goes_on_by_a_day_the_window_slides_and_what_waits_goes_on_behind_the_next_email()
    {
        var clock = new MovableClock();
        await using var host = await OutboxHost.StartAsync(
            o => o.LimitQuota(new SendQuota("day", SendQuotaUnit.Messages, 2, Day)),
            services => services.AddSingleton<TimeProvider>(clock));
        var ids = await host.EnqueueManyAsync(TestEmail.Many(3));
        await host.Server.WaitForMessageAsync(1, Cancellation);
        await host.Tables.UntilHeldAsync(1);
        clock.Offset = TimeSpan.FromHours(25);

        // Another one goes first now, and so the worker looks again.
        await host.EnqueueAsync(TestEmail.To("high"), priority: OutboxPriority.High);

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Equal(4, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_rate_and_a_quota_hold_together()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 4, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitRate(50, TimeSpan.FromSeconds(1)).LimitQuota(quota));
        await host.EnqueueManyAsync(TestEmail.Many(9));

        await host.Server.WaitForMessageAsync(3, Cancellation);
        await host.Tables.UntilHeldAsync(5);

        await UntilUsedAsync(host, quota, 4);
        Assert.Equal(4, host.Server.Messages.Count);
    }

    [Fact]
    public async Task An_email_that_expires_names_its_quota_only_if_that_is_full()
    {
        var quota = new SendQuota("day", SendQuotaUnit.Messages, 1, Day);
        await using var host = await OutboxHost.StartAsync(o => o.LimitQuota(quota).EnableWorker = false);
        await host.EnqueueAsync(TestEmail.To("ann"));
        var rows = await host.Services.GetRequiredService<EmailTable>().ListAsync(
            $"SELECT {EmailRow.Columns} FROM smtp_outbox_email", [], Cancellation);
        var quotas = host.Services.GetRequiredService<SendQuotas>();

        Assert.Null(await quotas.FindFullAsync(rows[0], Cancellation));
        await host.Services.GetRequiredService<QuotaTable>().TakeAsync([new(quota, 1)], OutboxPriority.Normal, Cancellation);
        Assert.Equal("day", (await quotas.FindFullAsync(rows[0], Cancellation))?.Name);
    }

    [Fact]
    public async Task Emails_that_no_worker_claims_while_a_quota_is_full_expire_too()
    {
        var clock = new PatientClock();
        await using var host = await OutboxHost.StartAsync(
            o => o.LimitQuota(new SendQuota("day", SendQuotaUnit.Messages, 1, Day)).EnableWorker = false,
            services => services.AddSingleton<TimeProvider>(clock));
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        clock.Offset = TimeSpan.FromDays(3);

        await host.Services.GetRequiredService<Expiry>().EndAsync(Cancellation);

        var dead = (await host.Outbox.GetAsync(id, Cancellation))!;
        Assert.Equal(OutboxState.DeadLettered, dead.State);
        Assert.EndsWith(
            "It waited for a quota, or for the emails before it.", Assert.Single(dead.History).Text, StringComparison.Ordinal);
    }

    private static Email ToMany(int recipients) => new()
    {
        From = "shop@example.com",
        To = [.. Enumerable.Range(0, recipients).Select(i => (EmailAddress)$"r{i}@example.org")],
        TextBody = "Hello",
    };

    private static async Task<(int Sent, int Waiting)> CountAsync(OutboxHost host, IEnumerable<Guid> ids)
    {
        var states = new List<OutboxState>();
        foreach (var id in ids)
            states.Add((await host.Outbox.GetAsync(id, Cancellation))!.State);
        return (states.Count(s => s == OutboxState.Sent), states.Count(s => s == OutboxState.Waiting));
    }

    private static Task UntilUsedAsync(OutboxHost host, SendQuota quota, long used) => Poll.UntilAsync(async () =>
    {
        var (now, buckets) = await host.Services.GetRequiredService<QuotaTable>().ReadAsync([quota.Name], Cancellation);
        return new QuotaWindow(quota.Window, now, buckets[quota.Name]).Used == used;
    });
}
