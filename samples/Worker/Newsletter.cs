using System.Runtime.CompilerServices;
using SmtpTransport;

namespace WorkerSample;

/// <summary>Sends one issue to all subscribers.</summary>
internal sealed partial class Newsletter(ISmtpTransporter transporter, IHostApplicationLifetime lifetime, ILogger<Newsletter> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var issue = new Email { From = "News <news@example.com>", HtmlBody = "<h1>Autumn</h1><p>The tea has arrived.</p>" };
        issue.GenerateTextBody();
        issue.AddListUnsubscribe(new Uri("https://example.com/unsubscribe"));
        var emails = issue.Merge(
            SubscribersAsync(stoppingToken), (email, s) => (email.To, email.Subject) = (s.Address, $"Autumn, {s.Name}"));
        var (sent, failed) = (0, 0);
        await foreach (var (index, result) in transporter.SendManyAsync(emails, null, stoppingToken))
        {
            if (result.Success)
                sent++;
            else
                Failed(logger, index, result.Outcome, ++failed);
        }
        Done(logger, sent, failed);
        lifetime.StopApplication();
    }

    // A real application reads them from a database, page by page.
    private static async IAsyncEnumerable<Subscriber> SubscribersAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < 1000; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return new Subscriber($"reader{i}@example.org", $"Reader {i}");
        }
    }

    [LoggerMessage(LogLevel.Information, "{Sent} sent, {Failed} failed")]
    private static partial void Done(ILogger logger, int sent, int failed);

    [LoggerMessage(LogLevel.Warning, "Email {Index}: {Outcome}; {Failed} have failed so far")]
    private static partial void Failed(ILogger logger, long index, Outcome outcome, int failed);

    private sealed record Subscriber(string Address, string Name);
}
