using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Notices that the database is a copy, or an older one than that from which was sent: it would send again what was sent since. Sending is
/// paused then until a person resumes it. Not thread-safe.
/// </summary>
internal sealed class PlaceWatch(
    OutboxOptions options, Database database, SettingTable settings, WorkerRegistration registration, TimeProvider time, ILogger logger)
{
    // A dump is restored in more than that, or makes a claim fail in between.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private SenderLock? _lock;
    private DatabasePlace _known;
    private long _number;
    private long _comparedAt;

    /// <summary>Compares the place with the last one, before anything is claimed.</summary>
    /// <param name="senderLock">The lock of this process, if the database needs one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task EnterAsync(SenderLock? senderLock, CancellationToken cancellationToken)
    {
        var known = senderLock?.Read() ?? new(BitConverter.ToInt64(options.CreateToken().ToByteArray()), 0);
        var found = await database.FindPlaceAsync(senderLock is null ? null : known, cancellationToken).ConfigureAwait(false);
        if (found is not { } place)
            return;
        var (count, isMoved) = await settings.EnterAsync(place, cancellationToken).ConfigureAwait(false);
        if (isMoved)
            OutboxLog.Moved(logger);
        (_lock, _known) = (senderLock, known with { Count = count });
        (_number, _comparedAt) = (place.Number, time.GetTimestamp());
        _lock?.Write(_known);
    }

    /// <summary>
    /// Compares the place again, before a claim: a backup may have been restored on the server while this process sends. A file is not
    /// restored while a process has it open.
    /// </summary>
    /// <param name="hasFailed">Whether the last claim failed, as it does if its table is dropped.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task EnterAgainAsync(bool hasFailed, CancellationToken cancellationToken)
    {
        if (_lock is not null || (!hasFailed && time.GetElapsedTime(_comparedAt) < Interval))
            return;
        var found = await database.FindPlaceAsync(null, cancellationToken).ConfigureAwait(false);
        _comparedAt = time.GetTimestamp();
        if (found is { } place && place.Number != _number)
            await EnterAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Counts while this process sends, first in the database: outside of it the count is never ahead, except of a backup.
    /// </summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        if (_lock is null || registration.Token is null)
            return;
        await settings.CountAsync(cancellationToken).ConfigureAwait(false);
        _known = _known with { Count = _known.Count + 1 };
        _lock.Write(_known);
    }
}
