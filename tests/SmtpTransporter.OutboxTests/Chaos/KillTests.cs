using System.Diagnostics;
using System.Globalization;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Processes that end at any moment: every mail arrives once, or is parked with the window in which it may have arrived.</summary>
[Collection("chaos")]
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("OUTBOX_KILLS") ?? "200", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_application_is_killed_again_and_again()
    {
        var random = new Random(20261124);
        var folder = Directory.CreateTempSubdirectory("kill").FullName;
        var (database, promises) = ($"Data Source={folder}/outbox.db", $"{folder}/promises");
        await File.WriteAllTextAsync(promises, "", Cancellation);
        await using var server = Start(random);
        const int Count = 100_000;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var worker = WorkerProcess.Start(server.Port, database, Count, promises);
            // Some are killed while they start.
            if (random.Next(10) > 0)
                await worker.Ready.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            await Task.Delay(random.Next(10, 700), Cancellation);
            worker.Kill();
        }
        var promised = File.ReadLines(promises).Count();
        using (var last = WorkerProcess.Start(server.Port, database, promised, promises))
        {
            await last.Ready;
            await using var accounts = await Accounts.OpenAsync(database);
            await accounts.UntilDoneAsync(promised, TimeSpan.FromSeconds(120));
            var parked = await accounts.CheckAsync(promises, server.Messages);

            output.WriteLine($"{Kills} kills, {promised} mails, {parked} parked");
            Assert.True(promised > Kills, last.Output);
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_process_of_the_database_is_killed_again_and_again()
    {
        var random = new Random(7);
        using var postgres = await Postgres.StartAsync(Cancellation);
        var promises = Path.GetTempFileName();
        await using var server = Start(random);
        using var worker = WorkerProcess.Start(server.Port, postgres.ConnectionString, 1500, promises);
        await worker.Ready;
        var kills = 0;
        for (; !worker.Output.Contains("enqueued", StringComparison.Ordinal) && kills < 20; kills++)
        {
            await Task.Delay(random.Next(200, 2000), Cancellation);
            postgres.Kill();
            await Task.Delay(random.Next(0, 1500), Cancellation);
            await postgres.StartAgainAsync(Cancellation);
        }
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await accounts.UntilDoneAsync(1500, TimeSpan.FromSeconds(180));
        var parked = await accounts.CheckAsync(promises, server.Messages);

        output.WriteLine($"{kills} kills of the database, {parked} parked");
        Assert.True(kills >= 5, worker.Output);
        Assert.Equal(1500, File.ReadLines(promises).Count());
        File.Delete(promises);
    }

    [Fact]
    public async Task The_disk_is_full_for_a_while_again_and_again()
    {
        var random = new Random(3);
        var folder = Directory.CreateTempSubdirectory("full").FullName;
        Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder);
        try
        {
            var (database, promises) = ($"Data Source={folder}/outbox.db", Path.GetTempFileName());
            await using var server = Start(random);
            using var worker = WorkerProcess.Start(server.Port, database, 800, promises);
            await worker.Ready;
            var fills = 0;
            for (; !worker.Output.Contains("enqueued", StringComparison.Ordinal) && fills < 12; fills++)
            {
                Fill($"{folder}/filler");
                await Task.Delay(random.Next(300, 1500), Cancellation);
                File.Delete($"{folder}/filler");
                await Task.Delay(random.Next(200, 1000), Cancellation);
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

    /// <summary>A server that takes a moment, now and then, before it answers the message.</summary>
    internal static SmtpTestServer Start(Random random)
    {
        var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.EndOfData).Do(_ =>
        {
            int wait;
            lock (random)
                wait = random.Next(5) == 0 ? random.Next(40) : 0;
            Thread.Sleep(wait);
        });
        return server;
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
            // That is what was wanted.
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}. The test needs to be root.");
    }
}
