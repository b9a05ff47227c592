using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace SmtpTransport.Outbox;

/// <summary>
/// How processes wake each other: NOTIFY and LISTEN. A notification takes a lock of the entire cluster at its commit, so a process sends at
/// most one in an interval, and another one at its end if any was left out. Thread-safe.
/// </summary>
internal sealed class PostgresChannel(PostgresDatabase database, long key, TimeProvider time) : IDisposable
{
    // A full queue of notifications would fail the transaction, which is the caller's: half full, it is left out.
    private const string NotifySql = "SELECT pg_notify(@name, '') WHERE pg_notification_queue_usage() < 0.5";

    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromMilliseconds(100);

    // A notification to oneself that takes longer never comes: a pooler has given the session to others.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    // A connection that only reads does not notice that its server has vanished.
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryUnheardInterval = TimeSpan.FromMinutes(5);

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"smtp_outbox_{key:x16}");
    private readonly CancellationTokenSource _disposed = new();
    private readonly object _lock = new();
    private long? _announcedAt;
    private bool _isPending;

    /// <summary>Notifies other processes, soon and in the background.</summary>
    public void Announce()
    {
        TimeSpan wait;
        lock (_lock)
        {
            if (_isPending)
                return;
            _isPending = true;
            var elapsed = _announcedAt is { } at ? time.GetElapsedTime(at) : AnnounceInterval;
            wait = elapsed < AnnounceInterval ? AnnounceInterval - elapsed : TimeSpan.Zero;
        }
        _ = AnnounceLaterAsync(wait);
    }

    /// <summary>Notifies other processes when the caller's transaction is committed.</summary>
    public async Task AnnounceAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_announcedAt is { } at && time.GetElapsedTime(at) < AnnounceInterval)
            {
                // The transaction has probably ended by then. If not, the others find its emails when they poll.
                Announce();
                return;
            }
            _announcedAt = time.GetTimestamp();
        }
        await transaction.Connection!.ExecuteAsync(
            NotifySql, cancellationToken, transaction, ("name", _name)).ConfigureAwait(false);
    }

    /// <inheritdoc cref="Database.ListenAsync"/>
    public async Task ListenAsync(Action onWake, Action<bool> onHealth, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var wait = RetryInterval;
            try
            {
                var connection = await database.OpenOwnAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    connection.Notification += (_, _) => onWake();
                    await connection.ExecuteAsync($"LISTEN {_name}", cancellationToken).ConfigureAwait(false);
                    if (await HearsItselfAsync(connection, cancellationToken).ConfigureAwait(false))
                    {
                        onHealth(true);
                        // What was announced before is found now.
                        onWake();
                        await ListenAsync(connection, cancellationToken).ConfigureAwait(false);
                    }
                    wait = RetryUnheardInterval;
                }
            }
#pragma warning disable CA1031 // Without notifications the outbox polls.
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                // The emails are found by polling until it can listen again.
            }
            onHealth(false);
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task AnnounceLaterAsync(TimeSpan wait)
    {
        try
        {
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time, _disposed.Token).ConfigureAwait(false);
            lock (_lock)
                (_isPending, _announcedAt) = (false, time.GetTimestamp());
            var connection = await database.OpenAsync(_disposed.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
                await connection.ExecuteAsync(NotifySql, _disposed.Token, null, ("name", _name)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The emails are stored; the others find them when they poll.
        catch (Exception)
#pragma warning restore CA1031
        {
            lock (_lock)
                _isPending = false;
        }
    }

    private async Task<bool> HearsItselfAsync(NpgsqlConnection listener, CancellationToken cancellationToken)
    {
        var sender = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (sender.ConfigureAwait(false))
            await sender.ExecuteAsync(NotifySql, cancellationToken, null, ("name", _name)).ConfigureAwait(false);
        return await listener.WaitAsync(ProbeTimeout, cancellationToken).ConfigureAwait(false);
    }

    private static async Task ListenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!await connection.WaitAsync(ProbeInterval, cancellationToken).ConfigureAwait(false))
                await connection.ExecuteAsync("SELECT 1", cancellationToken).ConfigureAwait(false);
        }
    }
}
