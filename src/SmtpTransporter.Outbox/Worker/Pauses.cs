using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Pauses and resumes what a person names. Thread-safe.</summary>
internal sealed class Pauses(EmailStore store, PauseTable table, Recall recall, ILogger logger)
{
    private const int MaxNameLength = 200;
    private const int MaxReasonLength = 500;

    /// <inheritdoc cref="IOutbox.PauseAsync(string, string?, string?, string?, CancellationToken)"/>
    public async Task PauseAsync(SendPause pause, string? by, string? reason, CancellationToken cancellationToken)
    {
        ThrowIfTooLong(pause.Transporter, "transporterName", MaxNameLength);
        ThrowIfTooLong(pause.Lane, "lane", MaxNameLength);
        ThrowIfTooLong(by, nameof(by), MaxNameLength);
        ThrowIfTooLong(reason, nameof(reason), MaxReasonLength);
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var revision = await table.PauseAsync(pause, by, reason, cancellationToken).ConfigureAwait(false);
        OutboxLog.Paused(logger, ToPublic(pause) with { By = by, Reason = reason });
        await recall.WaitAsync(revision, null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="IOutbox.ResumeAsync(string, string?, string?, CancellationToken)"/>
    public async Task<bool> ResumeAsync(SendPause pause, string? by, CancellationToken cancellationToken)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var wasPaused = await table.ResumeAsync(pause, cancellationToken).ConfigureAwait(false);
        if (wasPaused)
            OutboxLog.Resumed(logger, ToPublic(pause) with { By = by });
        store.Wake();
        return wasPaused;
    }

    /// <summary>What is paused now.</summary>
    public async Task<IReadOnlyList<OutboxPause>> ListAsync(CancellationToken cancellationToken)
    {
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var all = await table.ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. all.Where(p => p.ResumedAt is null).Select(p => p.Pause)];
    }

    private static OutboxPause ToPublic(SendPause pause) => new() { TransporterName = pause.Transporter, Lane = pause.Lane };

    private static void ThrowIfTooLong(string? text, string name, int max)
    {
        if (text?.Length > max)
            throw new ArgumentException($"{name} has {text.Length} characters; allowed: at most {max}.", name);
    }
}
