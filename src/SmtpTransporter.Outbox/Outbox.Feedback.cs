using System.Runtime.CompilerServices;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <inheritdoc cref="IOutbox"/>
internal sealed partial class Outbox
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WatchFeedbackInterval = TimeSpan.FromSeconds(5);

    public Task<OutboxFeedback> RecordFeedbackAsync(
        EmailFeedback feedback, string? reportId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        return recorder.RecordAsync(feedback, reportId, cancellationToken);
    }

    public IAsyncEnumerable<OutboxEntry> WatchFeedbackAsync(Guid id, CancellationToken cancellationToken = default) =>
        WatchAsync(id, isUntilEnd: false, cancellationToken);

    private async IAsyncEnumerable<OutboxEntry> WatchAsync(
        Guid id, bool isUntilEnd, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (OutboxState, int, DateTimeOffset?, int, Guid?, bool)? seen = null;
        while (await GetAsync(id, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            var current = (entry.State, entry.AttemptCount, entry.DueAt, entry.History.Count, entry.WaitsFor, entry.IsErased);
            if (seen != current)
                yield return entry;
            seen = current;
            if (entry.IsFinal && isUntilEnd)
                yield break;
            await Task.Delay(entry.IsFinal ? WatchFeedbackInterval : WatchInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
