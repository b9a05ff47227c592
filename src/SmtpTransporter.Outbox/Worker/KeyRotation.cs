using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>
/// Encrypts emails again after the application's key has changed: once a day, a step at a time, or all at once if the application asks.
/// The suppression list is encrypted as well if it was not. Thread-safe; the steps are those of one sweeper.
/// </summary>
internal sealed class KeyRotation(Reencryptor reencryptor, SuppressionTable suppressions, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly OutboxReencryption Nothing = new(0, 0, 0);

    private DateTimeOffset _startAt = DateTimeOffset.MinValue;
    private OutboxReencryption _sum = Nothing;
    private bool _isRunning;
    private string? _after;
    private volatile OutboxReencryption? _last;

    /// <summary>What the last look at all emails has found; null before.</summary>
    public OutboxReencryption? Last => _last;

    /// <summary>Does the next step of a pass, or nothing if the last one is not a day ago.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        if (!_isRunning)
        {
            if (time.GetUtcNow() < _startAt)
                return;
            _startAt = time.GetUtcNow() + Interval;
            await suppressions.EncryptAsync(cancellationToken).ConfigureAwait(false);
            if (!reencryptor.IsPossible || !await reencryptor.HasAnyAsync(cancellationToken).ConfigureAwait(false))
                return;
            await reencryptor.ReencryptSecretsAsync(includeRevoked: false, cancellationToken).ConfigureAwait(false);
            await suppressions.ReencryptAsync(includeRevoked: false, cancellationToken).ConfigureAwait(false);
            (_isRunning, _sum) = (true, Nothing);
        }
        (_after, var step) = await reencryptor.StepAsync(_after, includeRevoked: false, cancellationToken).ConfigureAwait(false);
        _sum = Add(_sum, step);
        _isRunning = _after is not null;
        if (!_isRunning)
            Finish(_sum);
    }

    /// <inheritdoc cref="IOutbox.ReencryptAsync"/>
    public async Task<OutboxReencryption> ReencryptAllAsync(bool includeRevoked, CancellationToken cancellationToken)
    {
        if (!reencryptor.IsPossible)
        {
            throw new InvalidOperationException(
                "The application has no data protection that can tell its keys. Call services.AddDataProtection().");
        }
        await suppressions.EncryptAsync(cancellationToken).ConfigureAwait(false);
        await reencryptor.ReencryptSecretsAsync(includeRevoked, cancellationToken).ConfigureAwait(false);
        await suppressions.ReencryptAsync(includeRevoked, cancellationToken).ConfigureAwait(false);
        var sum = Nothing;
        string? after = null;
        do
        {
            (after, var step) = await reencryptor.StepAsync(after, includeRevoked, cancellationToken).ConfigureAwait(false);
            sum = Add(sum, step);
        }
        while (after is not null);
        Finish(sum);
        return sum;
    }

    private void Finish(OutboxReencryption result)
    {
        _last = result;
        if (result.ReencryptedCount > 0)
            OutboxLog.Reencrypted(logger, result.ReencryptedCount);
        if (result.RevokedCount + result.UnreadableCount > 0)
            OutboxLog.KeysMissing(logger, result.RevokedCount, result.UnreadableCount);
    }

    private static OutboxReencryption Add(OutboxReencryption sum, OutboxReencryption step) => new(
        sum.ReencryptedCount + step.ReencryptedCount, sum.RevokedCount + step.RevokedCount, sum.UnreadableCount + step.UnreadableCount);
}
