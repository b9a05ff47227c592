using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>A restored backup and a copy of the database send nothing until a person has looked at them.</summary>
public sealed class PlaceWatchTests : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private OutboxHost _host = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Backup => _host.Path + ".backup";

    public async ValueTask InitializeAsync()
    {
        _host = await OutboxHost.StartAsync(
            services: s => s.AddLogging(logging => logging.AddProvider(_log)).AddHealthChecks().AddSmtpOutbox());
        await SendAsync("first");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task The_same_database_goes_on_after_each_start()
    {
        for (var start = 0; start < 3; start++)
        {
            await _host.StopAsync();
            await _host.RunAsync();
            await SendAsync("ann");
        }

        Assert.False(await _host.Outbox.IsPausedAsync(Cancellation));
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task A_backup_that_is_restored_after_more_was_sent_starts_paused_and_says_so()
    {
        await _host.StopAsync();
        await _host.RunAsync(sends: false);
        var ids = await _host.EnqueueManyAsync(TestEmail.Many(100));
        await _host.Tables.BackUpAsync(Backup);
        await _host.StopAsync();
        await _host.RunAsync();
        await _host.Server.WaitForMessageAsync(ids.Count, Cancellation);
        await _host.StopAsync();
        await _host.RunAsync();
        await SendAsync("bob");
        await _host.StopAsync();

        await RestoreAsync();

        Assert.Equal(ids.Count, (await _host.Outbox.CountAsync(Cancellation))[OutboxState.Waiting]);
        Assert.StartsWith("The database of the outbox is a copy, or older", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        var health = await _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("restored backup", health.Entries["smtp-outbox"].Description, StringComparison.Ordinal);
        Assert.Equal(ids.Count, await _host.Outbox.CancelAsync(new OutboxQuery(), "ann", cancellationToken: Cancellation));
        await _host.Outbox.ResumeAsync(Cancellation);
        await SendAsync("eve");
        // The first, the hundred, bob and eve: none of them twice.
        Assert.Equal(ids.Count + 3, _host.Server.Messages.Count);
    }

    [Fact]
    public async Task The_pause_of_a_restored_backup_survives_a_restart()
    {
        await _host.Tables.BackUpAsync(Backup);
        await _host.StopAsync();
        await _host.RunAsync();
        await SendAsync("ann");
        await _host.StopAsync();
        await RestoreAsync();
        await _host.StopAsync();

        await _host.RunAsync();

        Assert.True(await _host.Outbox.IsPausedAsync(Cancellation));
    }

    [Fact]
    public async Task A_backup_without_a_restart_between_is_noticed_by_what_was_counted_while_sending()
    {
        await _host.Tables.BackUpAsync(Backup);
        var watch = _host.Services.GetRequiredService<PlaceWatch>();
        await SendAsync("ann");
        await watch.CountAsync(Cancellation);
        await watch.CountAsync(Cancellation);
        await _host.StopAsync();

        await RestoreAsync();

        Assert.True(await _host.Outbox.IsPausedAsync(Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_copied_file_starts_paused_and_the_original_goes_on(bool withLock)
    {
        await _host.StopAsync();
        await using var copy = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await copy.StopAsync();
        SqliteConnection.ClearAllPools();
        File.Copy(_host.Path, copy.Path, overwrite: true);
        if (withLock)
            File.Copy(_host.Path + "-sender", copy.Path + "-sender");

        await copy.RunAsync(o => o.EnableWorker = true);
        await _host.RunAsync();

        await Poll.UntilAsync(() => copy.Outbox.IsPausedAsync(Cancellation), Cancellation);
        var id = await copy.EnqueueAsync(TestEmail.To("ann"));
        await SendAsync("bob");
        Assert.Equal(OutboxState.Waiting, (await copy.Outbox.GetAsync(id, Cancellation))!.State);
    }

    private async Task SendAsync(string name) => await _host.UntilAsync(await _host.EnqueueAsync(TestEmail.To(name)), OutboxState.Sent);

    private async Task RestoreAsync()
    {
        SqliteConnection.ClearAllPools();
        File.Delete(_host.Path + "-wal");
        File.Delete(_host.Path + "-shm");
        File.Copy(Backup, _host.Path, overwrite: true);
        await _host.RunAsync();
        await Poll.UntilAsync(() => Task.FromResult(_log.Warnings.Count > 0));
    }
}
