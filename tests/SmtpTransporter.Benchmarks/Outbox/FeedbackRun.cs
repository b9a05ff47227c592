using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;

namespace SmtpTransport.Benchmarks;

/// <summary>Reads very many reports of all forms, and records reports in an outbox; checks that memory does not grow.</summary>
/// <param name="count">How many reports are read. A tenth of them is recorded.</param>
internal sealed class FeedbackRun(int count)
{
    private const int Early = 1000;
    private const int Batch = 500;

    private static readonly string Forms = Path.Combine(AppContext.BaseDirectory, "Forms");

    public async Task<int> RunAsync()
    {
        var isFlat = Read();
        return await RecordAsync() && isFlat ? 0 : 1;
    }

    private bool Read()
    {
        var forms = Directory.GetFiles(Forms, "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var reader = new FeedbackReader();
        var (reports, early) = (0, 0L);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            using var message = new MemoryStream(forms[i % forms.Length]);
            reports += reader.Read(message) is null ? 0 : 1;
            if (i + 1 == Math.Min(Early, count))
                early = LiveMemory.Measure();
        }
        var (elapsed, late) = (watch.Elapsed, LiveMemory.Measure());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} messages of {forms.Length} forms read in {elapsed.TotalSeconds:0.0} s ({count / elapsed.TotalSeconds:N0}/s), "
            + $"{reports:N0} of them feedback; live memory {early >> 10:N0} KiB after {Early:N0}, {late >> 10:N0} KiB at the end; "
            + $"resident {Environment.WorkingSet >> 20:N0} MiB"));
        return late <= early * 1.1;
    }

    private async Task<bool> RecordAsync()
    {
        await using var database = await QueueDatabase.CreateAsync(null);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSmtpOutbox(o => o.UseSqlite(database.ConnectionString).EnableWorker = false);
        using var host = builder.Build();
        await host.StartAsync();
        var outbox = host.Services.GetRequiredService<IOutbox>();
        var emails = count / 10;
        foreach (var numbers in Enumerable.Range(0, emails).Chunk(Batch))
            await outbox.EnqueueManyAsync([.. numbers.Select(NewEmail)]);
        var reader = new FeedbackReader();
        var report = File.ReadAllText(Path.Combine(Forms, "dsn-failed.eml"), Encoding.UTF8);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < emails; i++)
        {
            var octets = Encoding.UTF8.GetBytes(report
                .Replace("<order-1@shop.example>", $"<order-{i}@shop.example>", StringComparison.Ordinal)
                .Replace("ann@example.org", $"user{i}@example.org", StringComparison.Ordinal));
            await outbox.RecordFeedbackAsync(reader.Read(new MemoryStream(octets))!, $"report {i}");
        }
        var elapsed = watch.Elapsed;
        var bounced = 0;
        await foreach (var entry in outbox.ExportAsync(new OutboxQuery()))
            bounced += entry.Recipients[0].Report?.Kind == RecipientReportKind.Bounced ? 1 : 0;
        var suppressed = 0;
        SuppressionPage? page = null;
        do
        {
            page = await host.Services.GetRequiredService<ISuppressionList>().ListAsync(page: page?.NextPage);
            suppressed += page.Entries.Count;
        }
        while (page.NextPage is not null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{emails:N0} reports recorded in SQLite, one by one, in {elapsed.TotalSeconds:0.0} s ({emails / elapsed.TotalSeconds:N0}/s); "
            + $"{bounced:N0} emails bounced, {suppressed:N0} addresses suppressed; resident {Environment.WorkingSet >> 20:N0} MiB"));
        await host.StopAsync();
        return bounced == emails && suppressed == emails;
    }

    private static OutboxEmail NewEmail(int number) => new(new Email
    {
        From = "orders@shop.example",
        To = $"user{number}@example.org",
        Subject = "Your order",
        TextBody = "Thank you for your order.",
        MessageId = $"order-{number}@shop.example",
    });
}
