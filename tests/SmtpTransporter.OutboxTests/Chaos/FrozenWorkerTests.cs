using System.Globalization;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>A worker process is stopped as a machine that sleeps, and continued after the others have taken over.</summary>
[Collection("beside chaos")]
public sealed class FrozenWorkerTests(ITestOutputHelper output)
{
    // How long it is stopped at least.
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_FREEZE_SECONDS") ?? "0", CultureInfo.InvariantCulture));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_that_continues_sends_and_settles_nothing_that_another_has_taken()
    {
        const int Count = 300;
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var promises = Path.GetTempFileName();
        var answer = new TaskCompletionSource();
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        // The first emails are on their way when it is stopped; the others wait in its hands.
        var transmitting = server.Script.On(SmtpStep.EndOfData).Times(5).WaitFor(answer.Task);
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await accounts.EnqueueAsync(Count, promises);
        using var frozen = WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises);
        await Poll.UntilAsync(() => Task.FromResult(transmitting.Hits == 5), Cancellation);
        await frozen.SignalAsync("STOP", Cancellation);

        using var other = WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises);
        // The other one has parked what was on its way, and sends the rest.
        await Poll.UntilAsync(
            async () => (await accounts.Outbox.CountAsync(Cancellation)) is var counts
                && counts[OutboxState.Unknown] > 0 && counts[OutboxState.Waiting] + counts[OutboxState.Sending] == 0,
            Cancellation);
        if (Freeze > TimeSpan.Zero)
        {
            using var timer = new PeriodicTimer(Freeze);
            await timer.WaitForNextTickAsync(Cancellation);
        }
        var parked = (await accounts.Outbox.CountAsync(Cancellation))[OutboxState.Unknown];
        answer.SetResult();
        await frozen.SignalAsync("CONT", Cancellation);

        // It knows the outcome of what it was transmitting, unless its own time limit was over.
        if (Freeze == TimeSpan.Zero)
            await Poll.UntilAsync(async () => (await accounts.Outbox.CountAsync(Cancellation))[OutboxState.Sent] == Count, Cancellation);
        await accounts.EnqueueAsync(100, promises);
        await accounts.UntilDoneAsync(Count + 100, TimeSpan.FromSeconds(60));
        var left = await accounts.CheckAsync(promises, server.Messages);

        output.WriteLine($"{parked} parked while it was stopped, {left} at the end");
        Assert.InRange(left, 0, 5);
        File.Delete(promises);
    }
}
