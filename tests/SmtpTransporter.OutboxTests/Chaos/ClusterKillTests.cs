using System.Globalization;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// Three workers on one PostgreSQL, one of which is killed again and again, and sometimes the database. <c>OUTBOX_CLUSTER_KILLS=300</c> is
/// the long run.
/// </summary>
[Collection("chaos")]
public sealed class ClusterKillTests(ITestOutputHelper output)
{
    private const int EmailsPerKill = 100;
    private const int KillsPerDatabaseKill = 10;

    // Each worker sends so many at the same time.
    private const int InFlight = 10;

    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_CLUSTER_KILLS") ?? "10", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_one_of_three_workers_or_the_database_is_killed_again_and_again()
    {
        var random = new Random(20261129);
        using var postgres = await Postgres.StartAsync(Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = ChaosServer.Start();
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        var workers = new WorkerProcess[3];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = Start();
        try
        {
            for (var kill = 1; kill <= Kills; kill++)
            {
                var arrived = server.Messages.Count;
                await accounts.EnqueueAsync(EmailsPerKill, promises);
                // In the midst of the emails, but for those that the last kill has parked.
                await server.WaitForMessageAsync(arrived + Next(EmailsPerKill - (2 * InFlight)), Cancellation);
                if (kill % KillsPerDatabaseKill == 0)
                {
                    postgres.Kill();
                    await postgres.StartAgainAsync(Cancellation);
                    await Poll.UntilRandomMomentAsync(random, 1, 300);
                }
                var index = Next(workers.Length);
                workers[index].Dispose();
                workers[index] = Start();
            }
            await accounts.UntilDoneAsync(Kills * EmailsPerKill, TimeSpan.FromSeconds(180));
            var parked = await accounts.CheckAsync(promises, server.Messages);

            output.WriteLine($"{Kills} kills, {Kills / KillsPerDatabaseKill} of the database, {server.Messages.Count} arrived, {parked} parked");
            Assert.InRange(parked, 0, Kills * InFlight);
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }
        File.Delete(promises);

        int Next(int maxValue) =>
#pragma warning disable CA5394 // Reproducible on purpose.
            random.Next(maxValue);
#pragma warning restore CA5394

        WorkerProcess Start() => WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises);
    }
}
