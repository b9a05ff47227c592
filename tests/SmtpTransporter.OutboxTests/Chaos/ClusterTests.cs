using System.Globalization;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Several machines on one database. <c>OUTBOX_CLUSTER_EMAILS=10000</c> is the long run.</summary>
[Collection("chaos")]
public sealed class ClusterTests(ITestOutputHelper output)
{
    private static readonly int Count =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_CLUSTER_EMAILS") ?? "2000", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_workers_send_thousands_of_emails_once_and_take_over_from_one_that_is_killed()
    {
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = ChaosServer.Start();
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await accounts.EnqueueAsync(Count, promises);
        var workers = Enumerable.Range(0, 3)
            .Select(_ => WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises)).ToList();
        try
        {
            await server.WaitForMessageAsync(Count / 2, Cancellation);
            workers[0].Kill();
            var killedAt = DateTimeOffset.UtcNow;
            await accounts.UntilDoneAsync(Count, TimeSpan.FromSeconds(180));
            var parked = await accounts.CheckAsync(promises, server.Messages);
            var last = accounts.Entries.Max(e => e.EndedAt)!.Value;

            output.WriteLine($"{Count} emails, {parked} parked, the last {(last - killedAt).TotalSeconds:0.0} s after the kill");
            // Only what the killed worker was transmitting at that moment: one for each of its connections at most.
            Assert.InRange(parked, 0, 10);
            Assert.Equal(3, accounts.Entries.Select(e => e.Worker!.Split('/')[0]).Distinct().Count());
        }
        finally
        {
            workers.ForEach(w => w.Dispose());
        }
        File.Delete(promises);
    }
}
