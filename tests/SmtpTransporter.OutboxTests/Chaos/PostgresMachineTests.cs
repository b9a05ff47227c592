using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(PostgresCollection.Name)]
public sealed class PostgresMachineTests(SharedPostgres shared) : MachineTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => PostgresServerDatabase.CreateAsync(shared.Server);

    [Fact]
    public async Task Commits_of_the_outbox_wait_for_the_disk_even_if_the_servers_default_does_not()
    {
        var lazy = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Options = "-c synchronous_commit=off" }.ConnectionString;
        await using var host = await StartAsync(o => o.UsePostgres(lazy));

        var database = host.Services.GetRequiredService<SmtpTransport.Outbox.Database>();
        await using var connection = await database.OpenAsync(Cancellation);

        Assert.Equal("on", await connection.ScalarAsync("SHOW synchronous_commit", Cancellation));
        Assert.Equal("off", await new OutboxTables(() => new NpgsqlConnection(lazy)).GetSynchronousCommitAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dump_that_is_restored_after_a_hundred_more_were_sent_sends_none_of_them_again(bool isRunning)
    {
        using var log = new LogLines();
        await using var host = await StartAsync(services: s => s.AddLogging(logging => logging.AddProvider(log)));
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("first")), OutboxState.Sent);
        // The worker goes on, and its row is in the dump.
        var gate = new TaskCompletionSource();
        host.Server.Script.On(SmtpStep.MailFrom).WaitFor(gate.Task);
        await host.EnqueueManyAsync(TestEmail.Many(100));
        var dump = Path.GetTempFileName();
        await Postgres.DumpAsync(Database.ConnectionString, dump);
        gate.SetResult();
        await host.Server.WaitForMessageAsync(100, Cancellation);
        await Poll.UntilAsync(
            async () => (await host.Outbox.CountAsync(Cancellation))[OutboxState.Sent] == 101, Cancellation);
        if (!isRunning)
            await host.StopAsync();

        await Postgres.RestoreAsync(Database.ConnectionString, dump);
        if (!isRunning)
            await host.RunAsync();
        await Poll.UntilAsync(() => host.Outbox.IsPausedAsync(Cancellation), Cancellation);
        await host.StopAsync();

        Assert.Equal(101, host.Server.Messages.Count);
        Assert.Contains(log.Warnings, line => line.StartsWith("The database of the outbox is a copy, or older", StringComparison.Ordinal));
        File.Delete(dump);
    }

    [Fact]
    public async Task A_restored_dump_and_a_copied_database_start_paused_and_the_original_goes_on()
    {
        var (original, dump) = (Database.ConnectionString, Path.GetTempFileName());
        var host = await StartAsync();
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("ann")), OutboxState.Sent);
        await host.StopAsync();
        await host.RunAsync();
        await host.UntilAsync(await host.EnqueueAsync(TestEmail.To("bob")), OutboxState.Sent);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        await Postgres.DumpAsync(original, dump);
        var copied = await shared.CreateDatabaseAsync();
        // What drops the old tables fails where there are none.
        await File.WriteAllLinesAsync(
            dump + ".sql", File.ReadLines(dump).Where(line => !line.Contains("DROP ", StringComparison.Ordinal)), Cancellation);
        await Postgres.RestoreAsync(copied, dump + ".sql");

        await using (var copy = await StartAsync(o => o.UsePostgres(copied)))
            await Poll.UntilAsync(() => copy.Outbox.IsPausedAsync(Cancellation), Cancellation);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        await host.DisposeAsync();
        await Postgres.RestoreAsync(original, dump);
        await using var restored = await StartAsync();
        await Poll.UntilAsync(() => restored.Outbox.IsPausedAsync(Cancellation), Cancellation);
    }
}
