using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// An earlier release still sends and enqueues while a process of this one migrates its tables. It is compiled on request only: if the
/// environment variable OUTBOX_OLD_WORKER names the program of the earlier release.
/// </summary>
[Collection("chaos")]
public sealed class SideBySideTests(ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migration_under_load_loses_and_doubles_nothing_and_the_earlier_release_is_told_to_stop()
    {
        var old = Environment.GetEnvironmentVariable("OUTBOX_OLD_WORKER")
            ?? throw new InvalidOperationException("OUTBOX_OLD_WORKER is not set.");
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var (database, promises) = (postgres.ConnectionString, Path.GetTempFileName());
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        using var first = WorkerProcess.Start(server.Port, database, 100_000, promises, release: old);
        using var second = WorkerProcess.Start(server.Port, database, 0, promises, release: old);
        await server.WaitForMessageAsync(200, Cancellation);

        using var worker = WorkerProcess.Start(server.Port, database, 0, promises);
        await worker.Ready;
        await Poll.UntilAsync(
            () => Task.FromResult(first.Output.Contains("later version of SmtpTransporter.Outbox", StringComparison.Ordinal)),
            Cancellation);
        await first.EndAsync(Cancellation);
        await second.EndAsync(Cancellation);

        await using var accounts = await Accounts.OpenAsync(database);
        var count = File.ReadLines(promises).Count();
        await accounts.UntilDoneAsync(count, TimeSpan.FromSeconds(120));
        var parked = await accounts.CheckAsync(promises, server.Messages);
        output.WriteLine($"{count} emails, {server.Messages.Count} arrived, {parked} parked");
        // What the two were transmitting at that moment.
        Assert.InRange(parked, 0, 40);
        Assert.True(accounts.Entries.Count(e => e.State == OutboxState.Sent) >= count - parked);
        File.Delete(promises);
    }
}
