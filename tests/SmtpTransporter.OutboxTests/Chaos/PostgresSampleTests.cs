using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The sample with worker processes, run as its README says.</summary>
[Collection(PostgresCollection.Name)]
public sealed partial class PostgresSampleTests(SharedPostgres shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_newsletter_is_sent_by_three_processes_of_which_one_is_killed()
    {
        var database = await shared.CreateDatabaseAsync();
        using var process = SampleTests.Start("Newsletter", "workers", database);
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            lines.Add(line);
            if (lines.Count(l => l.Contains("worker-1", StringComparison.Ordinal)) == 3
                && line.Contains("worker-1", StringComparison.Ordinal))
            {
                using var worker = Process.GetProcessById(
                    int.Parse(FirstWorkerRegex().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));
                worker.Kill();
            }
        }
        await process.WaitForExitAsync(Cancellation);

        var end = FinishedRegex().Match(lines[^1]);
        Assert.True(end.Success, string.Join('\n', lines));
        Assert.Equal(1000, end.Groups.Values.Skip(1).Sum(g => int.Parse(g.Value, CultureInfo.InvariantCulture)));
        Assert.Contains(" ended, worker-2 (", lines[^2], StringComparison.Ordinal);
        Assert.DoesNotContain("worker-3 (0", lines[^2], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"worker-1 \((\d+)\)")]
    private static partial Regex FirstWorkerRegex();

    [GeneratedRegex(@"^Finished: (\d+) sent, (\d+) parked, 0 dead letters$")]
    private static partial Regex FinishedRegex();
}
