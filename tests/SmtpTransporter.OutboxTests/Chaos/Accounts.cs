using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Compares what an outbox reports with what it accepted, and with what the server received.</summary>
internal sealed class Accounts : IAsyncDisposable
{
    private readonly IHost _host;

    private Accounts(IHost host) => _host = host;

    /// <summary>All emails, as they were at the last check.</summary>
    public IReadOnlyCollection<OutboxEntry> Entries { get; private set; } = [];

    public IOutbox Outbox => _host.Services.GetRequiredService<IOutbox>();

    public ISuppressionList Suppressions => _host.Services.GetRequiredService<ISuppressionList>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An application that sends nothing.</summary>
    public static async Task<Accounts> OpenAsync(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
        builder.Services.AddSmtpOutbox(o =>
        {
            _ = database.StartsWith("Host=", StringComparison.Ordinal) ? o.UsePostgres(database)
                : database.StartsWith("Server=", StringComparison.Ordinal) ? o.UseMariaDb(database) : o.UseSqlite(database);
            o.EnableWorker = false;
        });
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return new Accounts(host);
    }

    /// <summary>Enqueues emails, and appends their ids to a file.</summary>
    public async Task EnqueueAsync(int count, string promises)
    {
        foreach (var numbers in Enumerable.Range(0, count).Chunk(2000))
        {
            var emails = numbers.Select(n => new OutboxEmail(TestEmail.To($"u{n}")));
            var ids = await Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);
            await File.AppendAllLinesAsync(promises, ids.Select(id => id.ToString()), Cancellation);
        }
    }

    /// <summary>Waits until no email waits or is being sent.</summary>
    public async Task UntilDoneAsync(int minCount, TimeSpan limit)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        timeout.CancelAfter(limit);
        var counts = new OutboxCounts();
        try
        {
            await Poll.UntilAsync(
                async () =>
                {
                    counts = await Outbox.CountAsync(timeout.Token);
                    return counts.ByState.Values.Sum() >= minCount && counts[OutboxState.Waiting] + counts[OutboxState.Sending] == 0;
                },
                timeout.Token);
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            Assert.Fail($"After {limit}: {string.Join(", ", counts.ByState.Select(s => $"{s.Key} {s.Value}"))}");
        }
    }

    /// <summary>
    /// Checks that every promised email exists, that every email was sent once or is parked with its window, that none arrived twice, and
    /// that none arrived that the outbox does not know.
    /// </summary>
    /// <returns>How many are parked.</returns>
    public async Task<int> CheckAsync(string promises, IReadOnlyList<ReceivedMessage> received)
    {
        var arrived = received.GroupBy(m => m.Message.MessageId).ToDictionary(g => g.Key ?? "", g => g.Count());
        var entries = await ReadEntriesAsync();
        Entries = entries.Values;
        var promised = File.ReadAllLines(promises).Where(line => line.Length == 36).Select(Guid.Parse).ToList();
        Assert.NotEmpty(promised);
        Assert.Equal(promised.Count, promised.Distinct().Count());
        Assert.All(promised, id => Assert.True(entries.ContainsKey(id), $"{id} was stored and is missing."));
        Assert.Empty(arrived.Keys.Except(entries.Values.Select(e => e.MessageId)));
        foreach (var entry in entries.Values)
            await CheckAsync(entry, arrived.GetValueOrDefault(entry.MessageId));
        return entries.Values.Count(e => e.State == OutboxState.Unknown);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    private async Task<Dictionary<Guid, OutboxEntry>> ReadEntriesAsync()
    {
        var entries = new Dictionary<Guid, OutboxEntry>();
        string? next = null;
        do
        {
            var page = await Outbox.ListAsync(limit: 1000, page: next, cancellationToken: Cancellation);
            foreach (var entry in page.Entries)
                entries.Add(entry.Id, entry);
            next = page.NextPage;
        }
        while (next is not null);
        return entries;
    }

    private async Task CheckAsync(OutboxEntry entry, int arrivals)
    {
        if (entry.State == OutboxState.Sent)
        {
            Assert.True(arrivals == 1, $"{entry} arrived {arrivals} times.");
            return;
        }
        Assert.True(entry.State == OutboxState.Unknown, $"{entry} after {entry.AttemptCount} attempts, arrived {arrivals} times.");
        Assert.True(arrivals <= 1, $"{entry} arrived {arrivals} times.");
        var history = (await Outbox.GetAsync(entry.Id, Cancellation))!.History;
        Assert.NotNull(entry.TransmittingSince);
        Assert.Equal(Outcome.Unknown, history[^1].Outcome);
        Assert.True(history[^1].At >= entry.TransmittingSince, $"{entry}: the window ends before it begins.");
    }
}
