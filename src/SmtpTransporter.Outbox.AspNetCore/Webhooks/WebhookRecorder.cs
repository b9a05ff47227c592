using System.Runtime.ExceptionServices;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Records the events of a request, and throws if that failed for one. Thread-safe.</summary>
/// <param name="outbox">The outbox; null if the application records them itself.</param>
/// <param name="record">What records an event instead of an outbox.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Ends as the application stops. A client that goes away ends nothing: it comes again.</param>
internal sealed class WebhookRecorder(
    IOutbox? outbox, Func<EmailFeedback, string, CancellationToken, Task>? record, TimeProvider time, CancellationToken stopping)
{
    // After so long without a success, it is the database, and each further event would wait for it as well.
    private static readonly TimeSpan MaxFailing = TimeSpan.FromSeconds(20);

    public async Task RecordAsync(WebhookContents contents)
    {
        if (contents.Confirm is { } confirm)
            await confirm().ConfigureAwait(false);
        ExceptionDispatchInfo? first = null;
        var succeededAt = time.GetTimestamp();
        foreach (var one in contents.Events)
        {
            try
            {
                await RecordAsync(one).ConfigureAwait(false);
                succeededAt = time.GetTimestamp();
            }
#pragma warning disable CA1031 // One event, such as of an email whose key is missing, holds up no other. All of them come again.
            catch (Exception exception) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                first ??= ExceptionDispatchInfo.Capture(exception);
                if (time.GetElapsedTime(succeededAt) > MaxFailing)
                    break;
            }
        }
        first?.Throw();
    }

    private async Task RecordAsync(WebhookEvent one)
    {
        if (record is not null)
            await record(one.Feedback, one.Id, stopping).ConfigureAwait(false);
        else
            await outbox!.RecordFeedbackAsync(await NameAsync(one.Feedback).ConfigureAwait(false), one.Id, stopping).ConfigureAwait(false);
    }

    /// <summary>
    /// The service is verified, so what it says of a Message-ID counts as much as a token. If several emails have it, it is the one of the
    /// recipient.
    /// </summary>
    private async Task<EmailFeedback> NameAsync(EmailFeedback feedback)
    {
        if (feedback.EmailId is not null || feedback.Original.MessageId is not { } messageId || string.IsNullOrWhiteSpace(messageId))
            return feedback;
        var page = await outbox!.ListAsync(new OutboxQuery { MessageId = messageId }, 2, cancellationToken: stopping).ConfigureAwait(false);
        if (page.Entries.Count > 1 && feedback.Recipients is [{ Address: var recipient }])
        {
            page = await outbox.ListAsync(
                new OutboxQuery { MessageId = messageId, Recipient = recipient }, 2, cancellationToken: stopping).ConfigureAwait(false);
        }
        return page is { Entries: [var entry] } ? feedback with { EmailId = entry.Id.ToString("D") } : feedback;
    }
}
