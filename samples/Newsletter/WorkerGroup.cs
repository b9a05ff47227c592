using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace Newsletter;

/// <summary>Stores a newsletter, starts processes that send it, and shows each second what has become of it.</summary>
internal static class WorkerGroup
{
    private const int Count = 1000;
    private const string Password = "sample";

    public static async Task<int> RunAsync(string database)
    {
        // From a file of SQLite, one process sends at a time.
        var isFile = database.Contains("Data Source=", StringComparison.OrdinalIgnoreCase);
        string[] names = isFile ? ["worker-1"] : ["worker-1", "worker-2", "worker-3"];
        if (isFile)
            Console.WriteLine("SQLite has one sender: one worker. Give a connection string of PostgreSQL or MariaDB for three.");
        // Each worker has a login of its own, so that the server shows who has sent what.
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions
        {
            KeepSessions = false,
            Tls = SmtpTestTlsMode.None,
            OfferAuthWithoutTls = true,
            Users = names.ToDictionary(name => name, _ => Password),
        });
        using var host = BuildHost(database);
        await host.StartAsync();
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var outbox = host.Services.GetRequiredService<IOutbox>();
        var ids = await outbox.EnqueueManyAsync(Letter.CreateMany(Count, Guid.NewGuid().ToString()), cancellationToken: stopping);
        List<(string Name, Process Process)> workers = [.. names.Select(name => (name, Start(name, server.Port, database)))];
        Console.WriteLine($"{ids.Count} emails are stored. End a worker, for example: kill -9 {workers[0].Process.Id}");
        try
        {
            await ShowAsync(outbox, server, workers, stopping);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Stopped.");
        }
        foreach (var (_, worker) in workers)
        {
            worker.StandardInput.Close();
            await worker.WaitForExitAsync(CancellationToken.None);
            worker.Dispose();
        }
        await host.StopAsync(CancellationToken.None);
        return 0;
    }

    private static IHost BuildHost(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Outbox:ConnectionString"] = database;
        // This process only stores and looks.
        builder.Configuration["Outbox:EnableWorker"] = "false";
        builder.Services.AddSmtpOutbox();
        return builder.Build();
    }

    private static async Task ShowAsync(
        IOutbox outbox, SmtpTestServer server, IReadOnlyList<(string Name, Process Process)> workers, CancellationToken cancellationToken)
    {
        Console.WriteLine("   waiting  sending     sent   parked   sent by each worker");
        using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1));
        OutboxCounts counts;
        do
        {
            counts = await outbox.CountAsync(cancellationToken);
            var by = server.Messages.GroupBy(m => m.AuthenticatedUser ?? "").ToDictionary(g => g.Key, g => g.Count());
            var each = workers.Select(w =>
                $"{w.Name} ({w.Process.Id}): {by.GetValueOrDefault(w.Name)}{(w.Process.HasExited ? " ended" : "")}");
            OutboxState[] states = [OutboxState.Waiting, OutboxState.Sending, OutboxState.Sent, OutboxState.Unknown];
            var numbers = states.Select(state => counts[state].ToString(CultureInfo.InvariantCulture).PadLeft(8));
            Console.WriteLine($"  {string.Join(" ", numbers)}   {string.Join(", ", each)}");
        }
        while (counts[OutboxState.Waiting] + counts[OutboxState.Sending] > 0 && workers.Any(w => !w.Process.HasExited)
            && await ticks.WaitForNextTickAsync(cancellationToken));
        var (done, parked, dead) = (counts[OutboxState.Sent], counts[OutboxState.Unknown], counts[OutboxState.DeadLettered]);
        var left = counts[OutboxState.Waiting] + counts[OutboxState.Sending];
        Console.WriteLine($"{(left == 0 ? "Finished" : $"{left} left, and no worker")}: {done} sent, {parked} parked, {dead} dead letters");
    }

    private static Process Start(string name, int port, string database)
    {
        // Under "dotnet Newsletter.dll", this process is dotnet.
        var program = Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(
            program,
            [
                .. isDotnet ? [typeof(WorkerGroup).Assembly.Location] : Array.Empty<string>(),
                "worker", $"smtp://{name}:{Password}@127.0.0.1:{port}?acceptUnsecureConnection=true",
            ])
        {
            RedirectStandardInput = true,
        };
        start.Environment[WorkerProcess.Database] = database;
        return Process.Start(start)!;
    }
}
