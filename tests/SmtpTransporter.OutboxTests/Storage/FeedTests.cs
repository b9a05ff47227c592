using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>
/// Pages, exports and watching, whatever the database, while other emails are stored and change. OUTBOX_ROWS is how many have one time.
/// </summary>
public abstract class FeedTests : QueryTestBase
{
    private static readonly int Rows =
        int.TryParse(Environment.GetEnvironmentVariable("OUTBOX_ROWS"), CultureInfo.InvariantCulture, out var rows) ? rows : 700;

    [Theory]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task The_pages_and_an_export_have_each_email_of_one_moment_once_while_others_come_and_change(int size)
    {
        var now = DateTimeOffset.UtcNow;
        await using var other = StartOther(now);
        var ids = await other.GetRequiredService<IOutbox>().EnqueueManyAsync(TestEmail.Many(Rows), cancellationToken: Cancellation);
        // Its id is lower than all others, and it is committed while the pages are read.
        await using var earlier = StartOther(now.AddHours(-1));
        await using var connection = Tables.Connect();
        await connection.OpenAsync(Cancellation);
        var transaction = Tables.LocksAll ? null : await connection.BeginTransactionAsync(Cancellation);
        var slow = transaction is null ? default : await EnqueueSlowAsync();
        var later = new List<Guid>();
        var (pages, seen) = (0, new List<Guid>());
        string? next = null;
        do
        {
            var page = await Outbox.ListAsync(limit: size, page: next, cancellationToken: Cancellation);
            seen.AddRange(page.Entries.Select(e => e.Id));
            next = page.NextPage;
            if (pages++ % 20 == 0)
                later.AddRange(await Host.EnqueueManyAsync(TestEmail.Many(2)));
            if (pages % 20 == 10)
                await Outbox.CancelAsync(ids[pages], Cancellation);
            if (pages != 1)
                continue;
            // In SQLite nobody else can write meanwhile.
            if (transaction is null)
                slow = await EnqueueSlowAsync();
            else
                await transaction.CommitAsync(Cancellation);
        }
        while (next is not null);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(ids.Except(seen));
        // It comes behind all others, unless the only page was read before.
        Assert.Equal(pages > 1, seen[^1] == slow);
        var exported = new List<Guid>();
        await foreach (var entry in Outbox.ExportAsync(new OutboxQuery(), Cancellation))
        {
            if (exported.Count % 100 == 0)
                await Host.EnqueueAsync(TestEmail.To("late"));
            exported.Add(entry.Id);
        }
        Assert.Equal(Sorted([.. ids, .. later, slow]), exported);

        Task<Guid> EnqueueSlowAsync() => earlier.GetRequiredService<IOutbox>().EnqueueAsync(
            TestEmail.To("slow"), transaction: transaction, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Watching_yields_each_state_and_the_history_has_what_came_between_two_looks()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        var entries = new List<OutboxEntry>();
        await foreach (var entry in Outbox.WatchAsync(id, Cancellation))
        {
            entries.Add(entry);
            if (entries.Count == 1)
            {
                // Faster than anybody looks.
                for (var i = 0; i < 5; i++)
                {
                    Assert.True(await Outbox.CancelAsync(id, Cancellation));
                    Assert.True(await Outbox.RestoreAsync(id, Cancellation));
                }
                await Outbox.CancelAsync(id, Cancellation);
            }
        }

        Assert.Equal([OutboxState.Waiting, OutboxState.Canceled], entries.Select(e => e.State));
        string[] texts = ["Waiting: canceled.", "Canceled: restored."];
        Assert.Equal([.. Enumerable.Repeat(texts, 5).SelectMany(t => t), texts[0]], entries[^1].History.Select(a => a.Text));
    }

    [Fact]
    public async Task Watching_tells_when_the_email_waits_for_another_one_and_ends_when_it_is_removed()
    {
        var first = await Outbox.EnqueueAsync(TestEmail.To("ann"), isOrdered: true, cancellationToken: Cancellation);
        var second = await Outbox.EnqueueAsync(TestEmail.To("bob"), isOrdered: true, cancellationToken: Cancellation);
        var waits = new List<Guid?>();
        await foreach (var entry in Outbox.WatchAsync(second, Cancellation))
        {
            waits.Add(entry.WaitsFor);
            if (waits.Count == 1)
                await Outbox.CancelAsync(first, Cancellation);
            else
                await Tables.RemoveAsync(second);
        }

        Assert.Equal([first, null], waits);
    }

    /// <summary>Another application with the same outbox, whose clock stands still.</summary>
    private ServiceProvider StartOther(DateTimeOffset now)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(new FrozenClock(now));
        services.AddSmtpOutbox(options =>
        {
            options.UseSqlite(Host.ConnectionString);
            Use(options);
            options.EnableWorker = false;
        });
        return services.BuildServiceProvider();
    }

    private sealed class FrozenClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
