using System.Diagnostics;
using System.Globalization;
using SmtpTransport.OutboxTests.Chaos;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// The rates of the outbox against those of Hangfire and of a table written by hand, on one kind of database: how fast emails are stored,
/// each commit on the disk, and how fast what is stored is sent. All in turn, on empty databases; ratios are to the table in the same
/// round.
/// </summary>
internal sealed class QueueRun(bool isPostgres, int count)
{
    private const int Rounds = 3;
    private const int Callers = 8;
    private const int AtOnce = 10;

    private static readonly string[] Figures =
    [
        "one by one", $"{Callers} callers", "in bulk", "with a row of the caller", "sent", "ms to the server",
    ];

    private readonly MailContent _content = MailContent.Of(MailSize.Small);

    public async Task<int> RunAsync()
    {
        using var postgres = isPostgres ? await Postgres.StartAsync(isDurable: true, CancellationToken.None) : null;
        await using var sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        var server = OurSession.Options(new Target(sink.Host, sink.Port, false, MailSize.Small, AtOnce, 0));
        (string Name, Func<QueueDatabase, IEmailQueue> Make)[] queues =
        [
            ("a table by hand", d => new TableQueue(d, server)),
            ("**SmtpTransporter.Outbox**", d => new OurQueue(d, server)),
            ("Hangfire", d => new HangfireQueue(d, server)),
        ];
        var rounds = queues.Select(_ => new List<double?[]>()).ToList();
        // The first round warms up.
        for (var round = 0; round <= Rounds; round++)
        {
            for (var i = 0; i < queues.Length; i++)
            {
                Console.Error.WriteLine($"round {round} of {Rounds}: {queues[i].Name}");
                var size = round == 0 ? Math.Max(count / 4, Callers) : count;
                var figures = await MeasureAsync(queues[i].Make, sink, postgres?.ConnectionString, size);
                if (round > 0)
                    rounds[i].Add(figures);
            }
        }
        Print([.. queues.Select(q => q.Name)], rounds);
        return 0;
    }

    private async Task<double?[]> MeasureAsync(Func<QueueDatabase, IEmailQueue> make, Sink sink, string? server, int count)
    {
        await using var database = await QueueDatabase.CreateAsync(server);
        await using var queue = make(database);
        await queue.OpenAsync();
        var before = (await sink.ReadAsync()).Messages;
        var stored = 0;
        var one = await RateAsync(count, async () =>
        {
            for (var i = 0; i < count; i++)
                await queue.EnqueueAsync(CreateEmail());
            return true;
        });
        var many = await RateAsync(count, async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < count / Callers; i++)
                    await queue.EnqueueAsync(CreateEmail());
            })));
            return true;
        }, count / Callers * Callers);
        var bulk = await RateAsync(count, () => queue.EnqueueManyAsync([.. Enumerable.Range(0, count).Select(_ => CreateEmail())]));
        var order = await RateAsync(count, async () =>
        {
            for (var i = 0; i < count; i++)
            {
                if (!await queue.EnqueueWithOrderAsync(CreateEmail()))
                    return false;
            }
            return true;
        });

        var watch = Stopwatch.StartNew();
        await queue.StartSendingAsync(AtOnce);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await queue.CountOpenAsync() > 0)
            await timer.WaitForNextTickAsync();
        var sent = stored / watch.Elapsed.TotalSeconds;
        if ((await sink.ReadAsync()).Messages - before is var taken && taken != stored)
            throw new InvalidOperationException($"{stored} emails were stored, and {taken} arrived.");

        // One at a time, to a queue with nothing to do.
        var waits = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var expected = (await sink.ReadAsync()).Messages + 1;
            watch.Restart();
            await queue.EnqueueAsync(CreateEmail());
            while ((await sink.ReadAsync()).Messages < expected)
                await Task.Yield();
            waits.Add(watch.Elapsed.TotalMilliseconds);
        }
        return [one, many, bulk, order, sent, Median(waits)];

        async Task<double?> RateAsync(int emails, Func<Task<bool>> run, int? whole = null)
        {
            var clock = Stopwatch.StartNew();
            if (!await run())
                return null;
            stored += whole ?? emails;
            return (whole ?? emails) / clock.Elapsed.TotalSeconds;
        }
    }

    private Email CreateEmail() => OurSession.NewMail(_content);

    private void Print(IReadOnlyList<string> names, List<List<double?[]>> rounds)
    {
        var database = isPostgres ? "PostgreSQL" : "SQLite in WAL mode, synchronous = FULL";
        Console.WriteLine(FormattableString.Invariant(
            $"{database}, emails of 1 KB, {count} each; {AtOnce} sent at once. Emails per second, medians of {Rounds} rounds in turn; "));
        Console.WriteLine("in brackets the ratio to the table in the same round.");
        Console.WriteLine(FormattableString.Invariant($"The disk by itself: {Disk():N0} writes of 4 KiB with fsync a second."));
        Console.WriteLine();
        Console.WriteLine($"| | {string.Join(" | ", Figures)} |");
        Console.WriteLine($"|---|{string.Concat(Figures.Select(_ => "---|"))}");
        for (var i = 0; i < names.Count; i++)
            Console.WriteLine($"| {names[i]} | {string.Join(" | ", Figures.Select((_, f) => Cell(rounds[i], rounds[0], f)))} |");
    }

    private static string Cell(List<double?[]> rounds, List<double?[]> bases, int figure)
    {
        if (rounds[0][figure] is null)
            return "–";
        var median = Median(rounds.Select(r => r[figure]!.Value));
        if (figure == Figures.Length - 1)
            return median.ToString("0.0", CultureInfo.InvariantCulture);
        var ratio = Median(rounds.Zip(bases, (own, other) => own[figure]!.Value / other[figure]!.Value));
        return string.Create(CultureInfo.InvariantCulture, $"{median:N0} ({ratio:0.00})");
    }

    /// <summary>The rate that no queue can exceed, one by one.</summary>
    private static double Disk()
    {
        var path = Path.Combine(Artifacts.Folder, "fsync");
        var block = new byte[4096];
        var watch = Stopwatch.StartNew();
        const int Writes = 200;
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            for (var i = 0; i < Writes; i++)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }
        }
        var rate = Writes / watch.Elapsed.TotalSeconds;
        File.Delete(path);
        return rate;
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
