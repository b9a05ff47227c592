using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// What a snapshot costs that somebody holds open in PostgreSQL, such as a dump: the vacuum removes nothing of what is sent meanwhile, and
/// each claim steps over it.
/// </summary>
internal sealed class OldSnapshot(QueueDatabase database, Sink sink, ServerOptions server)
{
    private const int Step = 10_000;
    private const int Steps = 6;

    public async Task MeasureAsync()
    {
        await SendAsync("no snapshot", Step);
        await using (var holder = await database.OpenAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
            await QueueDatabase.ExecuteAsync(holder, transaction, "SELECT count(*) FROM smtp_outbox_setting");
            for (var step = 1; step <= Steps; step++)
                await SendAsync(string.Create(CultureInfo.InvariantCulture, $"a snapshot, {step * Step:N0}"), Step);
        }
        await database.ExecuteAsync("VACUUM smtp_outbox_email");
        await SendAsync("after its end and a vacuum", Step);
    }

    private async Task SendAsync(string name, int count)
    {
        var before = (await sink.ReadAsync()).Messages;
        using var host = await new SizedDatabase(database, server).StartAsync(sends: true);
        // The first ones open the connections.
        var first = await sink.WaitForAsync(before + (count / 20));
        var last = await sink.WaitForAsync(before + count);
        var rate = (last.Messages - first.Messages) / Stopwatch.GetElapsedTime(first.Time, last.Time).TotalSeconds;
        await host.StopAsync();
        var dead = await database.ScalarAsync("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'smtp_outbox_email'");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {rate:N0} emails a second, {dead:N0} dead rows"));
    }
}
