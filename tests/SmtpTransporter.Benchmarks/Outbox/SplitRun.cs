using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Chaos;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// How much faster several outboxes send than one, each with a PostgreSQL and a disk of its own. The servers and the workers are real; the
/// disk is simulated: each server waits so long before each flush, as for a volume in a cloud.
/// </summary>
/// <param name="count">How many emails each outbox sends in a round.</param>
/// <param name="flush">How long a flush takes.</param>
internal sealed class SplitRun(int count, TimeSpan flush)
{
    private const int Rounds = 3;
    private const int AtOnce = 10;

    private static readonly int[] Sizes = [1, 2, 4];

    public async Task<int> RunAsync()
    {
        await using var sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        var rates = Sizes.ToDictionary(n => n, _ => new List<double>());
        var servers = new List<Postgres>();
        try
        {
            while (servers.Count < Sizes[^1])
                servers.Add(await StartServerAsync());
            // The first round warms up.
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var size in Sizes)
                {
                    var rate = await MeasureAsync([.. servers.Take(size)], sink);
                    Console.Error.WriteLine($"round {round} of {Rounds}: {size} outboxes, {rate:0} a second");
                    if (round > 0)
                        rates[size].Add(rate);
                }
            }
        }
        finally
        {
            servers.ForEach(s => s.Dispose());
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Sent per second by all together, {count:N0} emails of 1 KB and {AtOnce} at once for each outbox; a flush takes "
            + $"{flush.TotalMilliseconds:0.#} ms more. Medians of {Rounds} rounds in turn."));
        Console.WriteLine("| Outboxes | Sent per second | Against one |\n|---|---|---|");
        foreach (var size in Sizes)
        {
            var ratio = QueueRun.Median(rates[size].Zip(rates[1], (own, one) => own / one));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {size} | {QueueRun.Median(rates[size]):N0} | {ratio:0.00} |"));
        }
        return 0;
    }

    private async Task<Postgres> StartServerAsync()
    {
        var server = await Postgres.StartAsync(isDurable: true, CancellationToken.None);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        // The server sleeps before each flush, even if nobody else commits.
        var delay = ((long)flush.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);
        foreach (var sql in (string[])
            [$"ALTER SYSTEM SET commit_delay = {delay}", "ALTER SYSTEM SET commit_siblings = 0", "SELECT pg_reload_conf()"])
        {
#pragma warning disable CA2100 // Constants and a number.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }
        return server;
    }

    private async Task<double> MeasureAsync(IReadOnlyList<Postgres> servers, Sink sink)
    {
        var databases = new List<string>();
        foreach (var server in servers)
            databases.Add(await server.CreateDatabaseAsync(CancellationToken.None));
        var options = OurSession.Options(new Target(sink.Host, sink.Port, false, MailSize.Small, AtOnce * servers.Count, 0));
        var content = MailContent.Of(MailSize.Small);
        using (var host = Build(sends: false))
        {
            await host.StartAsync();
            for (var i = 0; i < servers.Count; i++)
            {
                await host.Services.GetRequiredKeyedService<IOutbox>($"{i}").EnqueueManyAsync(
                    Enumerable.Range(0, count).Select(_ => new OutboxEmail(OurSession.NewMail(content))));
            }
            await host.StopAsync();
        }
        using (var host = Build(sends: true))
        {
            var all = count * servers.Count;
            var before = (await sink.ReadAsync()).Messages;
            await host.StartAsync();
            // The first tenth is start-up, and at the end fewer are at once.
            var first = await sink.WaitForAsync(before + (all / 10));
            var last = await sink.WaitForAsync(before + (all * 8 / 10));
            await sink.WaitForAsync(before + all);
            await host.StopAsync();
            return (last.Messages - first.Messages) / Stopwatch.GetElapsedTime(first.Time, last.Time).TotalSeconds;
        }

        IHost Build(bool sends)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Services.AddSmtpTransporter(_ => options with { MaxConnections = AtOnce * servers.Count });
            foreach (var (i, database) in databases.Index())
            {
                builder.Services.AddKeyedSmtpOutbox($"{i}", o =>
                {
                    o.UsePostgres(database);
                    (o.EnableWorker, o.MaxConcurrency) = (sends, AtOnce);
                });
            }
            return builder.Build();
        }
    }
}
