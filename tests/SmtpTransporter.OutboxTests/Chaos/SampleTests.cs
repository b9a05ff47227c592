using System.Diagnostics;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The samples, as their readers run them.</summary>
[Collection("beside chaos")]
public sealed class SampleTests
{
    private const int Count = 1000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_that_is_rolled_back_gets_no_receipt()
    {
        var folder = Directory.CreateTempSubdirectory("shop").FullName;

        using var process = Start("Shop", Path.Combine(folder, "shop.db"));
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("bob@example.org: no order, only 40 lb are left", output, StringComparison.Ordinal);
        Assert.Contains("ann@example.org: \"Your order 1\" Sent", output, StringComparison.Ordinal);
        Assert.Contains("2 orders, 2 receipts at the server", output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Stopped_with_ctrl_c_and_started_again_it_finishes_with_each_mail_once()
    {
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        var folder = Directory.CreateTempSubdirectory("newsletter").FullName;
        string first;
        using (var process = StartNewsletter(server.Port, folder))
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            while (server.Messages.Count < Count / 4 && !process.HasExited)
                await Task.Delay(10, Cancellation);
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                await kill.WaitForExitAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            first = await output;
            Assert.True(process.ExitCode == 0, first);
        }
        Assert.Contains("start me again", first, StringComparison.Ordinal);
        Assert.InRange(server.Messages.Count, Count / 4, Count - 1);

        using (var process = StartNewsletter(server.Port, folder))
        {
            var second = await process.StandardOutput.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains($"Finished: {Count} sent, 0 parked, 0 dead letters", second, StringComparison.Ordinal);
        }
        Assert.Equal(Count, server.Messages.Count);
        Assert.Equal(Count, server.Messages.Select(m => m.Message.To.ToString()).Distinct().Count());
        Directory.Delete(folder, recursive: true);
    }

    private static Process StartNewsletter(int port, string folder) =>
        Start("Newsletter", Path.Combine(folder, "newsletter.db"), $"smtp://127.0.0.1:{port}?acceptUnsecureConnection=true");

    private static Process Start(string sample, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../samples", sample, "bin", configuration, "net10.0", $"{sample}.dll"));
        if (!File.Exists(program))
            throw new FileNotFoundException("Build the solution first: the sample is missing.", program);
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
    }
}
