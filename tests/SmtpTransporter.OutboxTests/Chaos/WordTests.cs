using System.Globalization;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// Pauses, cancels and suppressions at random moments, while three processes send to a server that answers slowly: from the moment at
/// which a call has returned, no transaction begins for what it names. OUTBOX_WORDS is how many calls, OUTBOX_FIRST_SEED the seed.
/// </summary>
[Collection("chaos")]
public sealed class WordTests(ITestOutputHelper output)
{
    private const int Lanes = 3;
    private const int Backlog = 150;

    private static readonly int Words = Read("OUTBOX_WORDS", 12);
    private static readonly int Seed = Read("OUTBOX_FIRST_SEED", 7);
    private static readonly string[] Kinds = ["everything", "lane", "one", "query", "suppress"];

#pragma warning disable CA5394 // Reproducible on purpose.
    private readonly Random _random = new(Seed);
    private readonly List<(IReadOnlyDictionary<object, long> Measured, HashSet<string> Senders)> _canceled = [];
    private int _number;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_transaction_begins_for_what_is_paused_or_canceled_from_the_moment_the_call_returns()
    {
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        await using var accounts = await Accounts.OpenAsync(postgres.ConnectionString);
        await using var sink = MailSink.Start(TimeSpan.FromMilliseconds(20));
        var promises = Path.GetTempFileName();
        await FillAsync(accounts.Outbox);
        var workers = Enumerable.Range(0, 3)
            .Select(_ => WorkerProcess.Start(sink.Port, postgres.ConnectionString, 0, promises)).ToList();
        var (begun, canceled, suppressed) = (0, 0, 0);
        try
        {
            for (var word = 0; word < Words; word++)
            {
                await FillAsync(accounts.Outbox);
                await sink.WaitForMailsAsync(_random.Next(1, 25), Cancellation);
                var lane = $"l{_random.Next(Lanes)}";
                var kind = Kinds[_random.Next(Kinds.Length)];
                if (kind == "suppress")
                    suppressed += await SuppressAsync(accounts, sink, lane);
                else if (kind is "everything" or "lane")
                    begun += await PauseAsync(accounts.Outbox, sink, kind == "lane" ? lane : null);
                else
                    canceled += await CancelAsync(accounts.Outbox, sink, lane, isOne: kind == "one");
            }
            await sink.WaitForMailsAsync(20, Cancellation);

            foreach (var (measured, senders) in _canceled)
                Assert.Empty(sink.ListBegunSince(measured).Intersect(senders));
        }
        finally
        {
            workers.ForEach(w => w.Dispose());
            File.Delete(promises);
        }
        output.WriteLine($"{Words} words, {canceled} emails canceled, {suppressed} suppressed, {begun} had begun before their pause");
        Assert.True(canceled > 0, "Nothing was canceled.");
        Assert.True(suppressed > 0, "Nothing was suppressed.");
    }

    /// <summary>Pauses, looks at what begins, and resumes.</summary>
    /// <returns>How many were being sent when the call returned.</returns>
    private static async Task<int> PauseAsync(IOutbox outbox, MailSink sink, string? lane)
    {
        await outbox.PauseAsync("ann", "a test", lane: lane, cancellationToken: Cancellation);
        var measured = sink.Measure();
        var entries = await ReadAsync(outbox, new OutboxQuery { Lane = lane });
        var waiting = entries.Where(e => e.State == OutboxState.Waiting).Select(e => e.Sender).ToHashSet();
        if (lane is null)
            await UntilNothingIsSentAsync(outbox);
        else
            await sink.WaitForMailsAsync(10, Cancellation);

        Assert.Empty(sink.ListBegunSince(measured).Intersect(waiting));
        Assert.True(await outbox.ResumeAsync("ann", lane: lane, cancellationToken: Cancellation));
        return entries.Count(e => e.State == OutboxState.Sending);
    }

    private async Task<int> CancelAsync(IOutbox outbox, MailSink sink, string lane, bool isOne)
    {
        var waiting = await ReadAsync(outbox, new OutboxQuery { Lane = lane, States = [OutboxState.Waiting] });
        if (waiting.Count == 0)
            return 0;
        // The oldest ones are those that a worker has in hand.
        var chosen = waiting[^_random.Next(1, Math.Min(30, waiting.Count) + 1)];
        var count = isOne
            ? await outbox.CancelAsync(chosen.Id, Cancellation) ? 1 : 0
            : await outbox.CancelAsync(new OutboxQuery { Lane = lane }, "ann", "a test", Cancellation);
        var measured = sink.Measure();
        var canceled = await ReadAsync(outbox, new OutboxQuery { Lane = lane, States = [OutboxState.Canceled] });
        _canceled.Add((measured, [.. canceled.Select(e => e.Sender)]));
        return count;
    }

    /// <summary>Suppresses up to 30 recipients of a lane in one call, those next in turn among them.</summary>
    /// <returns>How many emails were held back.</returns>
    private async Task<int> SuppressAsync(Accounts accounts, MailSink sink, string lane)
    {
        var waiting = await ReadAsync(accounts.Outbox, new OutboxQuery { Lane = lane, States = [OutboxState.Waiting] });
        var chosen = waiting.TakeLast(_random.Next(1, 30)).ToList();
        await accounts.Suppressions.AddManyAsync(
            [.. chosen.Select(e => new Suppression(e.Recipients[0].Address, SuppressionReason.HardBounce) { By = "ann" })], Cancellation);
        var measured = sink.Measure();
        // Also those that are being sent: what had not begun must not begin.
        _canceled.Add((measured, [.. chosen.Select(e => e.Sender)]));
        var canceled = await ReadAsync(accounts.Outbox, new OutboxQuery { Lane = lane, States = [OutboxState.Canceled] });
        return canceled.Select(e => e.Id).Intersect(chosen.Select(e => e.Id)).Count();
    }

    private async Task FillAsync(IOutbox outbox)
    {
        var counts = await outbox.CountAsync(Cancellation);
        if (counts[OutboxState.Waiting] > Backlog)
            return;
        await outbox.EnqueueManyAsync(
            Enumerable.Range(_number, Backlog * 2).Select(n =>
            {
                var email = TestEmail.To($"u{n}");
                email.Envelope = new() { Sender = $"s{n}@example.com", Recipients = [$"u{n}@example.org"] };
                return new OutboxEmail(email) { Lane = $"l{n % Lanes}" };
            }),
            cancellationToken: Cancellation);
        _number += Backlog * 2;
    }

    private static async Task<List<OutboxEntry>> ReadAsync(IOutbox outbox, OutboxQuery query)
    {
        var entries = new List<OutboxEntry>();
        string? next = null;
        do
        {
            var page = await outbox.ListAsync(query, 1000, next, cancellationToken: Cancellation);
            entries.AddRange(page.Entries);
            next = page.NextPage;
        }
        while (next is not null);
        return entries;
    }

    private static Task UntilNothingIsSentAsync(IOutbox outbox) =>
        Poll.UntilAsync(async () => (await outbox.CountAsync(Cancellation))[OutboxState.Sending] == 0, Cancellation);
#pragma warning restore CA5394

    private static int Read(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
