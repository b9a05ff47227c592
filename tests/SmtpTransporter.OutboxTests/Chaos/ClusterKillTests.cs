using System.Globalization;
using SmtpTransport.Outbox;
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
    private const int KillsPerDatabaseKill = 5;

    // Each worker sends so many at the same time.
    private const int InFlight = 10;

    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_CLUSTER_KILLS") ?? "5", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_one_of_three_workers_or_the_database_is_killed_again_and_again()
    {
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        await KillAsync(
            postgres.ConnectionString,
            () =>
            {
                postgres.Kill();
                return postgres.StartAgainAsync(Cancellation);
            },
            Kills,
            output);
    }

    /// <summary>Kills one of three workers again and again, and sometimes the database.</summary>
    /// <param name="database">Its connection string.</param>
    /// <param name="restartAsync">Kills and starts it.</param>
    /// <param name="kills">How many workers are killed.</param>
    /// <param name="output">The output of the test.</param>
    internal static async Task KillAsync(string database, Func<Task> restartAsync, int kills, ITestOutputHelper output)
    {
        var random = new Random(20261129);
        var promises = Path.GetTempFileName();
        await using var server = ChaosServer.Start();
        await using var accounts = await Accounts.OpenAsync(database);
        var workers = new WorkerProcess[3];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = Start();
        try
        {
            for (var kill = 1; kill <= kills; kill++)
            {
                var arrived = server.Messages.Count;
                await accounts.EnqueueAsync(EmailsPerKill, promises);
                // In the midst of the emails, but for those that the last kill has parked.
                await server.WaitForMessageAsync(arrived + Next(EmailsPerKill - (2 * InFlight)), Cancellation);
                if (kill % KillsPerDatabaseKill == 0)
                {
                    await restartAsync();
                    await Poll.UntilRandomMomentAsync(random, 1, 300);
                }
                var index = Next(workers.Length);
                workers[index].Dispose();
                workers[index] = Start();
            }
            // What a killed worker had claimed is sent one by one.
            await accounts.UntilDoneAsync(kills * EmailsPerKill, TimeSpan.FromSeconds(120 + (3 * kills)));
            var parked = await accounts.CheckAsync(promises, server.Messages);

            output.WriteLine(
                $"{kills} kills, {kills / KillsPerDatabaseKill} of the database, {server.Messages.Count} arrived, {parked} parked");
            Assert.InRange(parked, 0, kills * InFlight);
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

        WorkerProcess Start() => WorkerProcess.Start(server.Port, database, 0, promises);
    }

    [Fact]
    public async Task An_email_that_ends_its_process_is_set_aside_and_holds_up_no_other()
    {
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = ChaosServer.Start();
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await accounts.EnqueueAsync(50, promises);
        var fatal = await accounts.Outbox.EnqueueAsync(TestEmail.To("u@fatal.test"), cancellationToken: Cancellation);
        await accounts.EnqueueAsync(50, promises);
        var workers = Enumerable.Range(0, 3).Select(_ => Start()).ToArray();
        var ended = 0;
        try
        {
            await Poll.UntilAsync(IsSetAsideAsync, Cancellation);
            await accounts.UntilDoneAsync(101, TimeSpan.FromSeconds(120));
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
        }

        var counts = await accounts.Outbox.CountAsync(Cancellation);
        output.WriteLine($"{ended} processes ended, {counts[OutboxState.Unknown]} parked");
        Assert.Equal(WorkerTable.MaxTakeovers + 1, ended);
        Assert.Equal(100, counts[OutboxState.Sent] + counts[OutboxState.Unknown]);
        // What the first one was sending beside it; the others claim what it held one by one.
        Assert.InRange(counts[OutboxState.Unknown], 0, InFlight);
        Assert.Equal(server.Messages.Count, server.Messages.Select(m => m.Message.MessageId).Distinct().Count());
        Assert.InRange(server.Messages.Count, counts[OutboxState.Sent], 100);
        var entry = await accounts.Outbox.GetAsync(fatal, Cancellation);
        Assert.Contains("ended 3 times", entry!.History[^1].Text, StringComparison.Ordinal);
        File.Delete(promises);

        async Task<bool> IsSetAsideAsync()
        {
            for (var i = 0; i < workers.Length; i++)
            {
                if (!workers[i].HasEnded)
                    continue;
                ended++;
                workers[i].Dispose();
                workers[i] = Start();
            }
            return (await accounts.Outbox.GetAsync(fatal, Cancellation))!.State == OutboxState.DeadLettered;
        }

        WorkerProcess Start() => WorkerProcess.Start(server.Port, postgres.ConnectionString, 0, promises);
    }
}
