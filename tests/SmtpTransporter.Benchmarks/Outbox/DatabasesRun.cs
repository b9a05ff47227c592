using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Chaos;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// How fast one worker sends what is stored in MariaDB, against PostgreSQL. Both servers wait for the disk at each commit, and take turns
/// in each round.
/// </summary>
/// <param name="count">How many emails each sends in a round.</param>
internal sealed class DatabasesRun(int count)
{
    private const int Rounds = 6;
    private const int AtOnce = 10;

    public async Task<int> RunAsync()
    {
        using var postgres = await Postgres.StartAsync(isDurable: true, CancellationToken.None);
        using var mariaDb = await MariaDb.StartAsync(isDurable: true, CancellationToken.None);
        await using var sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        (string Name, Func<Task<string>> Create, Action<OutboxOptions, string> Use)[] databases =
        [
            ("PostgreSQL", () => postgres.CreateDatabaseAsync(CancellationToken.None), (o, c) => o.UsePostgres(c)),
            ("MariaDB", () => mariaDb.CreateDatabaseAsync(CancellationToken.None), (o, c) => o.UseMariaDb(c)),
        ];
        List<double>[] rates = [[], []];
        // The first round warms up.
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (i, database) in databases.Index())
            {
                var connection = await database.Create();
                var rate = await MeasureAsync(o => database.Use(o, connection), sink);
                Console.Error.WriteLine($"round {round} of {Rounds}: {database.Name} {rate:0}");
                if (round > 0)
                    rates[i].Add(rate);
            }
        }
        var ratios = rates[1].Zip(rates[0], (own, other) => own / other).Order().ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Sent per second, {count:N0} emails of 1 KB, {AtOnce} at once, {Rounds} rounds in turn: "
            + $"PostgreSQL {QueueRun.Median(rates[0]):N0}, MariaDB {QueueRun.Median(rates[1]):N0}; "
            + $"ratio {QueueRun.Median(ratios):0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})"));
        return 0;
    }

    private async Task<double> MeasureAsync(Action<OutboxOptions> use, Sink sink)
    {
        var server = OurSession.Options(new Target(sink.Host, sink.Port, false, MailSize.Small, AtOnce, 0));
        var content = MailContent.Of(MailSize.Small);
        using (var host = Build(sends: false))
        {
            await host.StartAsync();
            var outbox = host.Services.GetRequiredService<IOutbox>();
            await outbox.EnqueueManyAsync(Enumerable.Range(0, count).Select(_ => new OutboxEmail(OurSession.NewMail(content))));
            await host.StopAsync();
        }
        using (var host = Build(sends: true))
        {
            var before = (await sink.ReadAsync()).Messages;
            await host.StartAsync();
            // The first tenth is start-up, and at the end fewer are at once.
            var first = await sink.WaitForAsync(before + (count / 10));
            var last = await sink.WaitForAsync(before + (count * 9 / 10));
            await sink.WaitForAsync(before + count);
            await host.StopAsync();
            return (last.Messages - first.Messages) / Stopwatch.GetElapsedTime(first.Time, last.Time).TotalSeconds;
        }

        IHost Build(bool sends)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Services.AddSmtpTransporter(_ => server with { MaxConnections = AtOnce });
            builder.Services.AddSmtpOutbox(o =>
            {
                use(o);
                (o.EnableWorker, o.MaxConcurrency) = (sends, AtOnce);
            });
            return builder.Build();
        }
    }
}
