using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Holds what the outbox says against what it was told to keep, and against what the server got.</summary>
internal sealed class Accounts : IAsyncDisposable
{
    private readonly IHost _host;

    private Accounts(IHost host) => _host = host;

    /// <summary>All mails, as they were at the last check.</summary>
    public IReadOnlyCollection<OutboxEntry> Entries { get; private set; } = [];

    public IOutbox Outbox => _host.Services.GetRequiredService<IOutbox>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An application that sends nothing.</summary>
    public static async Task<Accounts> OpenAsync(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
        builder.Services.AddSmtpOutbox(o =>
        {
            _ = database.StartsWith("Host=", StringComparison.Ordinal) ? o.UsePostgres(database) : o.UseSqlite(database);
            o.EnableWorker = false;
        });
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return new Accounts(host);
    }

    /// <summary>Stores mails at once, and writes down their ids.</summary>
    public async Task EnqueueAsync(int count, string promises)
    {
        foreach (var numbers in Enumerable.Range(0, count).Chunk(2000))
        {
            var emails = numbers.Select(n => new OutboxEmail(new Email { From = "shop@example.com", To = $"u{n}@example.org", Subject = $"Mail {n}", TextBody = "Hello" }));
            var ids = await Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);
            await File.AppendAllLinesAsync(promises, ids.Select(id => id.ToString()), Cancellation);
        }
    }

    /// <summary>Waits until nothing waits or is being sent.</summary>
    public async Task UntilDoneAsync(int atLeast, TimeSpan limit)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(limit);
        var counts = new OutboxCounts();
        try
        {
            do
            {
                await Task.Delay(200, patience.Token);
                counts = await Outbox.CountAsync(patience.Token);
            }
            while (counts.ByState.Values.Sum() < atLeast || counts[OutboxState.Waiting] + counts[OutboxState.Sending] > 0);
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            Assert.Fail($"After {limit}: {string.Join(", ", counts.ByState.Select(s => $"{s.Key} {s.Value}"))}");
        }
    }

    /// <summary>Every promised mail is there; every mail was sent once, or is parked with its window; none came twice, and none came that is not known.</summary>
    /// <returns>How many are parked.</returns>
    public async Task<int> CheckAsync(string promises, IReadOnlyList<ReceivedMessage> received)
    {
        var arrived = received.GroupBy(m => m.Message.MessageId).ToDictionary(g => g.Key ?? "", g => g.Count());
        var entries = new Dictionary<Guid, OutboxEntry>();
        for (Guid? before = null; await Outbox.ListAsync(limit: 1000, before: before, cancellationToken: Cancellation) is { Count: > 0 } page; before = page[^1].Id)
        {
            foreach (var entry in page)
                entries.Add(entry.Id, entry);
        }
        Entries = entries.Values;
        var promised = File.ReadAllLines(promises).Where(line => line.Length == 36).Select(Guid.Parse).ToList();
        Assert.NotEmpty(promised);
        Assert.Equal(promised.Count, promised.Distinct().Count());
        Assert.All(promised, id => Assert.True(entries.ContainsKey(id), $"{id} was stored and is gone."));
        Assert.Empty(arrived.Keys.Except(entries.Values.Select(e => e.MessageId)));
        foreach (var entry in entries.Values)
        {
            var times = arrived.GetValueOrDefault(entry.MessageId);
            if (entry.State == OutboxState.Sent)
            {
                Assert.True(times == 1, $"{entry} arrived {times} times.");
                continue;
            }
            Assert.True(entry.State == OutboxState.Unknown, $"{entry} after {entry.AttemptCount} tries, arrived {times} times.");
            Assert.True(times <= 1, $"{entry} arrived {times} times.");
            var history = (await Outbox.GetAsync(entry.Id, Cancellation))!.History;
            Assert.NotNull(entry.TransmittingSince);
            Assert.Equal(Outcome.Unknown, history[^1].Outcome);
            Assert.True(history[^1].At >= entry.TransmittingSince, $"{entry}: the window ends before it begins.");
        }
        return entries.Values.Count(e => e.State == OutboxState.Unknown);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
