using System.Diagnostics;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The sample, as its reader runs it.</summary>
[Collection("chaos")]
public sealed class NewsletterTests
{
    private const int Count = 1000;

    private static readonly string Program = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "../../../../../samples/Newsletter/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/Newsletter.dll"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopped_with_ctrl_c_and_started_again_it_finishes_with_each_mail_once()
    {
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = TestTls.None });
        var folder = Directory.CreateTempSubdirectory("newsletter").FullName;
        string first;
        using (var process = Start(server.Port, folder))
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            while (server.Mails.Count < Count / 4 && !process.HasExited)
                await Task.Delay(10, Cancellation);
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                await kill.WaitForExitAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            first = await output;
            Assert.True(process.ExitCode == 0, first);
        }
        Assert.Contains("start me again", first, StringComparison.Ordinal);
        Assert.InRange(server.Mails.Count, Count / 4, Count - 1);

        using (var process = Start(server.Port, folder))
        {
            var second = await process.StandardOutput.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains($"Finished: {Count} sent, 0 parked, 0 dead letters", second, StringComparison.Ordinal);
        }
        Assert.Equal(Count, server.Mails.Count);
        Assert.Equal(Count, server.Mails.Select(m => m.Message.To.ToString()).Distinct().Count());
        Directory.Delete(folder, recursive: true);
    }

    private static Process Start(int port, string folder)
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException("Build the solution first: the sample is missing.", Program);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Program, Path.Combine(folder, "newsletter.db"), $"smtp://127.0.0.1:{port}?acceptUnsecureConnection=true"])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
