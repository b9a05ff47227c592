using System.Collections.Concurrent;
using System.Diagnostics;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The rate that several machines share.</summary>
[Collection("beside chaos")]
public sealed class RateTests(ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_workers_share_one_rate()
    {
        const int Count = 600;
        const int Rate = 20;
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        var times = new ConcurrentQueue<long>();
        server.Script.On(SmtpStep.EndOfData).Do(_ => times.Enqueue(Stopwatch.GetTimestamp()));
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        var workers = Enumerable.Range(0, 3)
            .Select(_ => WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises, Rate)).ToList();
        try
        {
            await Task.WhenAll(workers.Select(w => w.Ready));
            await accounts.EnqueueAsync(Count, promises);
            await accounts.UntilDoneAsync(Count, TimeSpan.FromSeconds(120));
            Assert.Equal(0, await accounts.CheckAsync(promises, server.Messages));

            Assert.Equal(3, accounts.Entries.Select(e => e.Worker!.Split('/')[0]).Distinct().Count());
            Assert.Equal(Count, times.Count);
            var rate = (Count - 1) / Stopwatch.GetElapsedTime(times.Min(), times.Max()).TotalSeconds;
            output.WriteLine($"{rate:0.00} emails/s by three workers, {Rate} allowed");
            // A slot that a busy machine misses is not made up for.
            Assert.InRange(rate, Rate * 0.5, Rate * 1.05);
        }
        finally
        {
            workers.ForEach(w => w.Dispose());
        }
        File.Delete(promises);
    }
}
