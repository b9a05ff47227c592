using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Storage;

/// <summary>The number of sent emails, of which each minute is counted once.</summary>
public sealed class SentCounterTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private OutboxHost? _host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OutboxHost Host => _host ?? throw new InvalidOperationException("The outbox is not started.");

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }

    [Fact]
    public async Task What_is_new_and_what_was_removed_at_the_beginning_is_counted()
    {
        await StartAsync();
        Assert.Equal(0, await CountAsync());
        await SendAsync(TimeSpan.FromHours(-3), 4);
        await SendAsync(TimeSpan.FromHours(-2), 5);
        Assert.Equal(9, await CountAsync());
        await SendAsync(TimeSpan.Zero, 2);
        Assert.Equal(11, await CountAsync());

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(11, await CountAsync());
        await SendAsync(TimeSpan.Zero, 3);
        Assert.Equal(14, await CountAsync());
        // One of four, then the rest of them.
        await RemoveOldestAsync(1);
        Assert.Equal(13, await CountAsync());
        await RemoveOldestAsync(3);
        Assert.Equal(10, await CountAsync());
        await RemoveOldestAsync(10);
        Assert.Equal(0, await CountAsync());
        await SendAsync(TimeSpan.FromSeconds(-1), 1);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task An_email_that_is_committed_a_minute_after_its_end_is_counted()
    {
        await StartAsync();
        await SendAsync(TimeSpan.FromHours(-1), 1);
        Assert.Equal(1, await CountAsync());

        await SendAsync(TimeSpan.FromMinutes(-1), 1);

        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task A_past_minute_is_not_read_again()
    {
        await StartAsync();
        await SendAsync(TimeSpan.FromHours(-3), 1);
        await SendAsync(TimeSpan.FromHours(-2), 5);
        Assert.Equal(6, await CountAsync());

        // Nothing of the outbox does so.
        await ExecuteAsync(
            "DELETE FROM smtp_outbox_email WHERE id IN (SELECT id FROM smtp_outbox_email ORDER BY ended_at DESC LIMIT 1)");

        Assert.Equal(6, await CountAsync());
    }

    private async Task StartAsync() => _host = await OutboxHost.StartAsync(
        o => o.EnableWorker = false, services => services.AddSingleton<TimeProvider>(_time));

    private async Task<long> CountAsync() => (await Host.Outbox.CountAsync(Cancellation))[OutboxState.Sent];

    /// <summary>Stores emails that were sent some time ago.</summary>
    private async Task SendAsync(TimeSpan at, int count)
    {
        var ids = await Host.EnqueueManyAsync(TestEmail.Many(count));
        var end = (_time.GetUtcNow() + at).ToUnixTimeMilliseconds();
        await ExecuteAsync(
            $"UPDATE smtp_outbox_email SET state = 2, ended_at = {end} WHERE id IN ({string.Join(", ", ids.Select(id => $"'{id:N}'"))})");
    }

    private Task RemoveOldestAsync(int count) => ExecuteAsync(
        $"DELETE FROM smtp_outbox_email WHERE id IN (SELECT id FROM smtp_outbox_email ORDER BY ended_at LIMIT {count})");

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await Host.Services.GetRequiredService<Database>().OpenAsync(Cancellation);
        await connection.ExecuteAsync(sql, Cancellation);
    }
}
