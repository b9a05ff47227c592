using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What one transporter or lane takes from the others, and strict order.</summary>
public sealed class SendLanesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transporter_whose_server_hangs_takes_no_place_of_another()
    {
        await using var hanging = SmtpTestServer.Start();
        var hang = hanging.Script.On(SmtpStep.Connect).Hang();
        await using var host = await OutboxHost.StartAsync(
            o => o.MaxConcurrency = 3,
            services => services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1)).AddKeyedSmtpTransporter(
                "hangs",
                _ => hanging.ToServerOptions() with
                {
                    ConnectionTimeout = TimeSpan.FromMinutes(5),
                    SendTimeout = TimeSpan.FromMinutes(5),
                }));
        await host.EnqueueManyAsync(TestEmail.Many(200).Select(e => e with { TransporterName = "hangs", Priority = OutboxPriority.High }));
        await hang.Reached.WaitAsync(Cancellation);

        var ids = await host.EnqueueManyAsync(TestEmail.Many(50));

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        Assert.Empty(hanging.Messages);
    }

    [Fact]
    public async Task A_suspect_that_hangs_holds_up_no_suspect_of_another_transporter()
    {
        var gate = new TaskCompletionSource();
        var time = new PatientClock();
        await using var host = await OutboxHost.StartAsync(
            o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(time));
        host.Server.Script.On(SmtpStep.Connect).WaitFor(gate.Task);
        string?[] transporters = [null, null, "newsletter", "newsletter"];
        var ids = new List<Guid>();
        foreach (var name in transporters)
            ids.Add(await host.EnqueueAsync(TestEmail.To("ann"), transporterName: name));
        await host.Tables.SuspectAsync();
        var claimer = host.Services.GetRequiredService<Claimer>();

        // As far as it is known, the first one may be what ended the last worker.
        await claimer.ClaimAsync(Cancellation);
        await claimer.ClaimAsync(Cancellation);
        Assert.Equal(1, await host.Tables.CountHeldAsync());
        time.Offset = TimeSpan.FromSeconds(5);
        await claimer.ClaimAsync(Cancellation);
        await claimer.ClaimAsync(Cancellation);
        Assert.Equal(2, await host.Tables.CountHeldAsync());
        time.Offset = TimeSpan.FromSeconds(10);
        await claimer.ClaimAsync(Cancellation);

        Assert.Equal(2, await host.Tables.CountHeldAsync());
        Assert.Equal([ids[0], ids[2]], await host.Tables.ListHeldAsync());
        gate.SetResult();
    }

    [Fact]
    public async Task A_lane_with_few_emails_does_not_wait_for_one_with_many()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueManyAsync(Enumerable.Range(0, 400).Select(i => new OutboxEmail(TestEmail.To($"big{i}")) { Lane = "big" }));
        await host.EnqueueManyAsync(Enumerable.Range(0, 5).Select(i => new OutboxEmail(TestEmail.To($"small{i}")) { Lane = "small" }));
        await host.StopAsync();

        await host.RunAsync(o => (o.EnableWorker, o.MaxConcurrency) = (true, 1));
        await host.Server.WaitForMessageAsync(404, Cancellation);

        var order = host.Server.Messages.Select(m => m.Recipients[0]).ToList();
        Assert.InRange(order.FindLastIndex(to => to.StartsWith("small", StringComparison.Ordinal)), 4, 120);
    }

    [Fact]
    public async Task A_lane_with_a_limit_of_its_own_sends_no_more_at_once_and_holds_up_no_other_lane()
    {
        var gate = new TaskCompletionSource();
        await using var host = await OutboxHost.StartAsync(o => o.LimitConcurrency(2, lane: "tenant"));
        var first = host.Server.Script.On(SmtpStep.MailFrom, "tenant").WaitFor(gate.Task);
        var limited = await host.EnqueueManyAsync(
            Enumerable.Range(0, 10).Select(i => new OutboxEmail(From("tenant", $"t{i}")) { Lane = "tenant" }));
        await first.Reached.WaitAsync(Cancellation);

        foreach (var id in await host.EnqueueManyAsync(TestEmail.Many(20)))
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(2, await host.Tables.CountHeldAsync());
        gate.SetResult();
        foreach (var id in limited)
            await host.UntilAsync(id, OutboxState.Sent);
    }

    [Fact]
    public async Task Ordered_emails_are_sent_one_by_one_in_the_order_in_which_they_were_stored()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo, "u3").Times(2).Reply(451, "4.3.0 Later");

        var ids = await host.EnqueueManyAsync(TestEmail.Many(12).Select(e => e with { Lane = "ledger", IsOrdered = true }));
        await host.UntilAsync(ids[^1], OutboxState.Sent);

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"u{i}@example.org"), host.Server.Messages.Select(m => m.Recipients[0]));
    }

    [Fact]
    public async Task A_parked_email_holds_up_the_ordered_ones_behind_it_until_a_person_decides()
    {
        await using var host = await OutboxHost.StartAsync();
        host.Server.Script.On(SmtpStep.EndOfData).Times(1).Close();
        var first = await host.EnqueueAsync(TestEmail.To("ann"), ordered: true);
        await host.UntilAsync(first, OutboxState.Unknown);

        var second = await host.EnqueueAsync(TestEmail.To("bob"), ordered: true);
        var other = await host.EnqueueAsync(TestEmail.To("cid"));
        await host.UntilAsync(other, OutboxState.Sent);

        Assert.Equal(first, (await host.Outbox.GetAsync(second, Cancellation))!.WaitsFor);
        Assert.True(await host.Outbox.DiscardAsync(first, Cancellation));
        Assert.Null((await host.UntilAsync(second, OutboxState.Sent)).WaitsFor);
    }

    private static Email From(string sender, string to)
    {
        var email = TestEmail.To(to);
        email.From = $"{sender}@example.com";
        return email;
    }
}
