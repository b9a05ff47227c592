using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// Processes that end at any moment: every email arrives once, or is parked with the window in which it may have arrived.
/// <c>OUTBOX_KILLS=100</c> is the long run.
/// </summary>
[Collection("chaos")]
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_KILLS") ?? "10", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_the_application_is_killed_again_and_again()
    {
        var random = new Random(20261124);
        var folder = Directory.CreateTempSubdirectory("kill").FullName;
        var (database, promises) = ($"Data Source={folder}/outbox.db", $"{folder}/promises");
        await File.WriteAllTextAsync(promises, "", Cancellation);
        await using var server = ChaosServer.Start();
        const int Count = 100_000;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var worker = WorkerProcess.Start(server.Port, database, Count, promises);
            // Some are killed while they start.
            var isStarted = random.Next(10) > 0;
            if (isStarted)
                await worker.Ready.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            // On a busy machine a moment may be too short to do anything.
            var goal = File.ReadLines(promises).Count() + random.Next(isStarted ? 6 : 1);
            await Poll.UntilAsync(() => Task.FromResult(File.ReadLines(promises).Count() >= goal), Cancellation);
            await Poll.UntilRandomMomentAsync(random, 10, 500);
            worker.Kill();
        }
        var promised = File.ReadLines(promises).Count();
        using (var last = WorkerProcess.Start(server.Port, database, promised, promises))
        {
            await last.Ready;
            await using var accounts = await Accounts.OpenAsync(database);
            await accounts.UntilDoneAsync(promised, TimeSpan.FromSeconds(120));
            var parked = await accounts.CheckAsync(promises, server.Messages);

            output.WriteLine($"{Kills} kills, {promised} emails, {parked} parked");
            Assert.True(promised > Kills, last.Output);
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_the_database_is_killed_again_and_again()
    {
        var random = new Random(7);
        using var postgres = await Postgres.StartAsync(isDurable: true, Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = ChaosServer.Start();
        const int Count = 1500;
        using var worker = WorkerProcess.Start(server.Port, postgres.ConnectionString, Count, promises);
        await worker.Ready;
        var kills = 0;
        for (; !worker.Output.Contains("enqueued", StringComparison.Ordinal) && kills < 5; kills++)
        {
            await Poll.UntilRandomMomentAsync(random, 200, 2000);
            postgres.Kill();
            await Poll.UntilRandomMomentAsync(random, 0, 1500);
            await postgres.StartAgainAsync(Cancellation);
        }
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await accounts.UntilDoneAsync(Count, TimeSpan.FromSeconds(180));
        var parked = await accounts.CheckAsync(promises, server.Messages);

        output.WriteLine($"{kills} kills of the database, {parked} parked");
        Assert.True(kills >= 5, worker.Output);
        Assert.Equal(Count, File.ReadLines(promises).Count());
        File.Delete(promises);
    }

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_the_disk_is_full_again_and_again()
    {
        var random = new Random(3);
        var folder = Directory.CreateTempSubdirectory("full").FullName;
        Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder);
        try
        {
            var (database, promises) = ($"Data Source={folder}/outbox.db", Path.GetTempFileName());
            await using var server = ChaosServer.Start();
            using var worker = WorkerProcess.Start(server.Port, database, 800, promises);
            await worker.Ready;
            var fills = 0;
            for (; !worker.Output.Contains("enqueued", StringComparison.Ordinal) && fills < 12; fills++)
            {
                Fill($"{folder}/filler");
                await Poll.UntilRandomMomentAsync(random, 300, 1500);
                File.Delete($"{folder}/filler");
                await Poll.UntilRandomMomentAsync(random, 200, 1000);
            }
            await using (var accounts = await Accounts.OpenAsync(database))
            {
                await accounts.UntilDoneAsync(800, TimeSpan.FromSeconds(120));
                var parked = await accounts.CheckAsync(promises, server.Messages);

                output.WriteLine($"full {fills} times, {parked} parked");
                Assert.Contains("full", worker.Output, StringComparison.Ordinal);
                Assert.Equal(800, File.ReadLines(promises).Count());
            }
            File.Delete(promises);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Run("umount", "-l", folder);
        }
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path, 1);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // The disk is full now.
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}. Run the test as root.");
        }
    }
}
