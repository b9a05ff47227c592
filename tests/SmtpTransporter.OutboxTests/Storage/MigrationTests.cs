using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Tables of the first version, which had the messages in the table of the emails.</summary>
public sealed class MigrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Emails_of_earlier_tables_keep_their_states_and_what_waits_is_sent(bool haveVersion)
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        var waiting = await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "order-1");
        var sending = await host.EnqueueAsync(TestEmail.To("bob"));
        var dead = await host.EnqueueAsync(TestEmail.To("cid"));
        var big = await host.EnqueueAsync(TestEmail.To("dan", new byte[100_000]));
        await host.StopAsync();
        await FirstVersion.RestoreAsync(host.ConnectionString, (sending, 1), (dead, 3));
        if (!haveVersion)
            await FirstVersion.RenameToUnversionedAsync(host.ConnectionString);

        await host.RunAsync(o => o.EnableWorker = true);

        await host.UntilAsync(waiting, OutboxState.Sent);
        await host.UntilAsync(big, OutboxState.Sent);
        var parked = await host.UntilAsync(sending, OutboxState.Unknown);
        Assert.Equal(Outcome.Unknown, Assert.Single(parked.History).Outcome);
        Assert.Equal(OutboxState.DeadLettered, (await host.Outbox.GetAsync(dead, Cancellation))!.State);
        Assert.Equal(["ann@example.org", "dan@example.org"], host.Server.Messages.Select(m => m.Recipients[0]).Order());
        Assert.Equal(waiting, await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "order-1"));
    }

    [Fact]
    public async Task A_process_of_the_first_version_is_told_to_stop()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.EnqueueAsync(TestEmail.To("ann"));
        await host.StopAsync();
        await FirstVersion.RestoreAsync(host.ConnectionString);
        await host.RunAsync(o => o.EnableWorker = false);

        var exception = await Assert.ThrowsAsync<SqliteException>(() => FirstVersion.EnqueueAsync(host.ConnectionString));

        Assert.Contains("later version of SmtpTransporter.Outbox", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, await host.Tables.CountEmailsAsync());
    }

    [Fact]
    public async Task A_pause_of_the_first_version_holds()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.StopAsync();
        await FirstVersion.RestoreAsync(host.ConnectionString);
        await FirstVersion.PauseAsync(host.ConnectionString);

        await host.RunAsync(o => o.EnableWorker = true);

        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));
    }
}
