using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Ordered emails wait for the first of their lane, until it has ended in any way.</summary>
public sealed class OrderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ordered_lane_goes_on_by_itself_while_another_email_of_the_transporter_hangs()
    {
        var gate = new TaskCompletionSource();
        await using var host = await OutboxHost.StartAsync(services: s => s.AddSingleton<TimeProvider>(new PatientClock()));
        var hang = host.Server.Script.On(SmtpStep.RcptTo, "hangs").WaitFor(gate.Task);
        await host.EnqueueAsync(TestEmail.To("hangs"));
        await hang.Reached.WaitAsync(Cancellation);

        var ids = await host.EnqueueManyAsync(
            Enumerable.Range(0, 5).Select(i => new OutboxEmail(TestEmail.To($"o{i}")) { IsOrdered = true }));

        foreach (var id in ids)
            await host.UntilAsync(id, OutboxState.Sent);
        gate.SetResult();
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("canceled")]
    [InlineData("discarded")]
    [InlineData("resent")]
    [InlineData("removed")]
    public async Task An_ordered_email_waits_for_the_first_one_until_it_ends(string end)
    {
        await using var host = await OutboxHost.StartAsync(o => o.InitialRetryDelay = o.MaxRetryDelay = TimeSpan.FromDays(2));
        var rule = host.Server.Script.On(SmtpStep.EndOfData).Times(1);
        _ = end is "discarded" or "resent" ? rule.Close() : rule.Reply(451, "4.3.0 Later");
        var first = await host.EnqueueAsync(TestEmail.To("ann"), ordered: true);
        await host.UntilAsync(first, e => e.AttemptCount == 1);
        var second = await host.EnqueueAsync(TestEmail.To("bob"), ordered: true);
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("cid")), OutboxState.Sent);
        Assert.Equal(first, (await host.Outbox.GetAsync(second, Cancellation))!.WaitsFor);

        if (end == "refused")
            host.Server.Script.On(SmtpStep.RcptTo, "ann").Reply(550, "5.1.1 Unknown");
        var isEnded = end switch
        {
            "canceled" => await host.Outbox.CancelAsync(first, Cancellation),
            "discarded" => await host.Outbox.DiscardAsync(first, Cancellation),
            "removed" => await RemoveAsync(),
            _ => await host.Outbox.ResendAsync(first, Cancellation),
        };

        Assert.True(isEnded);
        Assert.Null((await host.UntilAsync(second, OutboxState.Sent)).WaitsFor);

        async Task<bool> RemoveAsync()
        {
            await host.Tables.RemoveAsync(first);
            return true;
        }
    }
}
