using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Chaos;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// What many emails in the database cost: the rate of sending against that with a thousand, and each look of a person against a SELECT
/// of the same rows by their keys.
/// </summary>
/// <param name="isPostgres">Whether the database is PostgreSQL; otherwise SQLite.</param>
/// <param name="waiting">How many emails wait.</param>
/// <param name="ended">How many have ended.</param>
/// <param name="file">A SQLite file that is kept, and used as it is if it exists; null for one of this run.</param>
internal sealed class SizeRun(bool isPostgres, long waiting, long ended, string? file)
{
    private const int Few = 1000;
    private const int Rounds = 5;

    // A page that is open in an application has been shown before: after so many, the code is optimized.
    private const int WarmLooks = 50;
    private const int Looks = 11;
    private const int Page = 100;
    private const string Columns =
        "id, idempotency_key, transporter, priority, state, generation, attempts, created_at, due_at, expires_at, ended_at, worker, "
        + "transmitting_at, size, is_protected, envelope, lane, is_ordered, number, takeovers";

    public async Task<int> RunAsync()
    {
        using var postgres = isPostgres ? await Postgres.StartAsync(isDurable: true, CancellationToken.None) : null;
        await using var sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        var server = OurSession.Options(new Target(sink.Host, sink.Port, false, MailSize.Small, 10, 0));
        var isFilled = file is not null && File.Exists(file);
        await using var large = file is null ? await QueueDatabase.CreateAsync(postgres?.ConnectionString) : QueueDatabase.Keep(file);
        if (!isFilled)
        {
            var watch = Stopwatch.StartNew();
            await new SizedDatabase(large, server).FillAsync(waiting, ended);
            Console.WriteLine(
                $"filled in {watch.Elapsed.TotalSeconds:0} s, {await SizeAsync(large) / (waiting + ended):N0} bytes an email");
        }
        await LookAsync(large, server);
        await new OpenPage(large, server).MeasureAsync();
        await SendAsync(large, postgres, sink, server);
        if (isPostgres)
            await new OldSnapshot(large, sink, server).MeasureAsync();
        await RetainAsync(large, server);
        return 0;
    }

    private static async Task LookAsync(QueueDatabase database, ServerOptions server)
    {
        using var host = await new SizedDatabase(database, server).StartAsync(sends: false);
        var outbox = host.Services.GetRequiredService<IOutbox>();
        await CompareAsync("first page", () => outbox.ListAsync(), ById("SELECT id FROM smtp_outbox_email ORDER BY id DESC LIMIT 100"));
        foreach (var state in new[] { OutboxState.Waiting, OutboxState.Sent, OutboxState.DeadLettered, OutboxState.Unknown })
        {
            await CompareAsync(
                $"first page, {state}", () => outbox.ListAsync(new OutboxQuery { States = [state] }),
                ById($"SELECT id FROM smtp_outbox_email WHERE state = {(int)state} ORDER BY id DESC LIMIT 100"));
        }
        var last = await ReadAsync<string>(database, "SELECT id FROM smtp_outbox_email ORDER BY id LIMIT 1 OFFSET 100");
        await CompareAsync(
            "last page", () => outbox.ListAsync(page: last[0]), ById("SELECT id FROM smtp_outbox_email ORDER BY id LIMIT 100"));
        await CompareAsync(
            "search by recipient", () => outbox.ListAsync(new OutboxQuery { Recipient = SizedDatabase.RareRecipient }),
            ById("SELECT id FROM smtp_outbox_email WHERE id IN (SELECT email_id FROM smtp_outbox_term WHERE term = "
                + "(SELECT term FROM smtp_outbox_term GROUP BY term ORDER BY count(*) DESC LIMIT 1))"));
        foreach (var time in new[] { "first", "second" })
        {
            var counting = Stopwatch.StartNew();
            var counts = await outbox.CountAsync();
            Console.WriteLine(
                $"counting all states, the {time} time: {counting.Elapsed.TotalMilliseconds:0} ms, "
                + $"{counts[OutboxState.Waiting]:N0} waiting");
        }
        var dead = await ReadAsync<string>(database, "SELECT id FROM smtp_outbox_email WHERE state = 3 ORDER BY id LIMIT 10000");
        var select = await TimeAsync(() => SelectAsync(database, dead));
        var bulk = Stopwatch.StartNew();
        var resent = await outbox.CancelAsync(new OutboxQuery { States = [OutboxState.Waiting], Lane = "none" }, "the benchmark");
        Console.WriteLine($"a bulk action on a lane without emails: {bulk.Elapsed.TotalMilliseconds:N0} ms ({resent})");
        bulk.Restart();
        resent = await outbox.ResendAsync(new OutboxQuery(), "the benchmark");
        Console.WriteLine(
            $"resending {resent:N0}: {bulk.Elapsed.TotalMilliseconds:N0} ms, "
            + $"{bulk.Elapsed.TotalMilliseconds / select:0.0} x a SELECT of them");

        (string Ids, int) ById(string ids) => (ids, 0);

        async Task CompareAsync(string name, Func<Task<OutboxListPage>> list, (string Ids, int) rows)
        {
            var ids = await ReadAsync<string>(database, rows.Ids);
            var (ours, plain) = (new List<double>(), new List<double>());
            var count = 0;
            for (var round = 0; round < WarmLooks + Looks; round++)
            {
                plain.Add(await TimeAsync(() => SelectAsync(database, ids)));
                ours.Add(await TimeAsync(async () => count = (await list()).Entries.Count));
            }
            var (a, b) = (QueueRun.Median(ours[WarmLooks..]), QueueRun.Median(plain[WarmLooks..]));
            Console.WriteLine($"{name}: {count} rows, {a:0.00} ms, {a / b:0.0} x a SELECT by key ({b:0.00} ms)");
        }
    }

    private async Task SendAsync(QueueDatabase large, Postgres? postgres, Sink sink, ServerOptions server)
    {
        var (few, many) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            await using (var small = await QueueDatabase.CreateAsync(postgres?.ConnectionString))
            {
                // Some are left, so that both claim to the end.
                await new SizedDatabase(small, server).FillAsync(3 * Few, 0);
                few.Add(await RateAsync(small));
            }
            many.Add(await RateAsync(large));
            Console.Error.WriteLine($"round {round}: {few[^1]:N0} {many[^1]:N0}");
        }
        Console.WriteLine(
            $"sending: {QueueRun.Median(few[1..]):N0} a second with {3 * Few:N0}, {QueueRun.Median(many[1..]):N0} with {waiting:N0}: "
            + $"{QueueRun.Median([.. many[1..].Zip(few[1..], (m, f) => m / f)]):0.00} x");

        async Task<double> RateAsync(QueueDatabase database)
        {
            var before = (await sink.ReadAsync()).Messages;
            using var host = await new SizedDatabase(database, server).StartAsync(sends: true);
            var first = await sink.WaitForAsync(before + Few);
            var last = await sink.WaitForAsync(before + (2 * Few));
            await host.StopAsync();
            return (last.Messages - first.Messages) / Stopwatch.GetElapsedTime(first.Time, last.Time).TotalSeconds;
        }
    }

    /// <summary>Removes what ended before the last two days, while nothing is sent.</summary>
    private static async Task RetainAsync(QueueDatabase database, ServerOptions server)
    {
        var before = (await ReadAsync<long>(database, "SELECT count(*) FROM smtp_outbox_email"))[0];
        var (size, watch) = (await SizeAsync(database), Stopwatch.StartNew());
        using (var pausing = await new SizedDatabase(database, server).StartAsync(sends: false))
        {
            await pausing.Services.GetRequiredService<IOutbox>().PauseAsync();
            await pausing.StopAsync();
        }
        using (var host = await new SizedDatabase(database, server).StartAsync(sends: true, o => o.RetentionPeriod = TimeSpan.FromDays(18)))
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            var cutoff = DateTimeOffset.UtcNow.AddDays(-18).ToUnixTimeMilliseconds();
            var expired = $"SELECT count(*) FROM (SELECT 1 FROM smtp_outbox_email WHERE state = 2 AND ended_at < {cutoff} LIMIT 1) AS e";
            do
                await timer.WaitForNextTickAsync();
            while ((await ReadAsync<long>(database, expired))[0] > 0 && watch.Elapsed < TimeSpan.FromMinutes(5));
            await host.StopAsync();
        }
        var after = (await ReadAsync<long>(database, "SELECT count(*) FROM smtp_outbox_email"))[0];
        Console.WriteLine(
            $"retention: {before - after:N0} removed in {watch.Elapsed.TotalSeconds:0.0} s, {size / 1e6:N0} MB before, "
            + $"{await SizeAsync(database) / 1e6:N0} MB after");
    }

    private static async Task<int> SelectAsync(QueueDatabase database, List<string> ids)
    {
        if (ids.Count == 0)
            return 0;
        await using var connection = await database.OpenAsync();
        var list = string.Join(", ", ids.Select(id => $"'{id}'"));
        await using var command = QueueDatabase.CreateCommand(
            connection, null, $"SELECT {Columns} FROM smtp_outbox_email WHERE id IN ({list}) ORDER BY id DESC", []);
        await using var reader = await command.ExecuteReaderAsync();
        var count = 0;
        while (await reader.ReadAsync())
            count += ((byte[])reader[15]).Length > 0 ? 1 : 0;
        return count;
    }

    private static async Task<List<T>> ReadAsync<T>(QueueDatabase database, string sql)
    {
        await using var connection = await database.OpenAsync();
        await using var command = QueueDatabase.CreateCommand(connection, null, sql, []);
        command.CommandTimeout = 600;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetFieldValue<T>(0));
        return rows;
    }

    private static async Task<double> TimeAsync(Func<Task> run)
    {
        var start = Stopwatch.GetTimestamp();
        await run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<long> SizeAsync(QueueDatabase database) => database.IsSqlite
        ? new FileInfo(database.File).Length
        : (await ReadAsync<long>(database, "SELECT pg_database_size(current_database())"))[0];
}
