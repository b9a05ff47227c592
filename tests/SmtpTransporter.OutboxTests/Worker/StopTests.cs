using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The host stops at any moment.</summary>
public sealed class StopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_had_not_begun_when_the_host_stopped_is_as_if_it_had_never_been_claimed()
    {
        const int Count = 400;
        var random = new Random(1);
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        host.Server.Script.On(SmtpStep.EndOfData, "7@example.org").Drip(TimeSpan.FromMilliseconds(1));
        var ids = await host.EnqueueManyAsync(TestEmail.Many(Count));
        await host.StopAsync();
        await host.RunAsync(o => o.EnableWorker = true);
        for (var stops = 0; host.Server.Messages.Count < Count && stops < 40; stops++)
        {
            await Poll.UntilRandomMomentAsync(random, 1, 60);
            await host.StopAsync();
            Assert.Equal(0, await host.Tables.CountHeldAsync());
            await host.RunAsync();
        }

        foreach (var id in ids)
        {
            var entry = await host.UntilAsync(id, OutboxState.Sent);
            Assert.Equal((1, Outcome.Accepted), (entry.AttemptCount, Assert.Single(entry.History).Outcome));
        }
        Assert.Equal(Count, host.Server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
        Assert.Equal(Count, host.Server.Messages.Count);
    }

    [Fact]
    public async Task A_stop_ends_when_the_host_gives_up_however_often_it_was_asked_and_marks_what_was_on_its_way()
    {
        await using var host = await OutboxHost.StartAsync(
            null, services => services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1)));
        var transmitted = host.Server.Script.On(SmtpStep.EndOfData).Times(1).Hang();
        var id = await host.EnqueueAsync(TestEmail.To("ann"));
        await transmitted.Reached.WaitAsync(Cancellation);

        await Task.WhenAll(host.StopServicesAsync(), host.StopServicesAsync());
        await host.StopAsync();

        await host.RunAsync(sends: false);
        var entry = await host.Outbox.GetAsync(id, Cancellation);
        Assert.Equal((OutboxState.Unknown, 1), (entry!.State, entry.AttemptCount));
    }
}
