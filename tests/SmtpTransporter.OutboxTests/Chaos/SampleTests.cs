using System.Diagnostics;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The samples, run as the documentation says.</summary>
[Collection("beside chaos")]
public sealed class SampleTests
{
    private const int Count = 1000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shop_sends_no_receipt_for_an_order_that_is_rolled_back()
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
    public async Task The_newsletter_sends_each_email_once_though_it_is_stopped_with_ctrl_c_and_started_again()
    {
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        var folder = Directory.CreateTempSubdirectory("newsletter").FullName;
        string first;
        using (var process = StartNewsletter(server.Port, folder))
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            await Task.WhenAny(server.WaitForMessageAsync(Count / 4, Cancellation), process.WaitForExitAsync(Cancellation));
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                await kill.WaitForExitAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            first = await output;
            Assert.True(process.ExitCode == 0, first);
        }
        Assert.Contains("to continue", first, StringComparison.Ordinal);
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

    /// <summary>Starts a sample, whose output is read.</summary>
    internal static Process Start(string sample, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var samples = Path.Combine(AppContext.BaseDirectory, "../../../../../samples");
        var program = Path.GetFullPath(Path.Combine(samples, sample, "bin", configuration, "net10.0", $"{sample}.dll"));
        if (!File.Exists(program))
            throw new FileNotFoundException("The sample is missing. Build the solution first.", program);
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
    }
}
