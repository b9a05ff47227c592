using System.Security.Cryptography;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Records the events of a request, and throws if that failed for one. Thread-safe.</summary>
/// <param name="outbox">The outbox; null if the application records them itself.</param>
/// <param name="record">What records an event instead of an outbox.</param>
/// <param name="stopping">Ends as the application stops. A client that goes away ends nothing: it comes again.</param>
internal sealed class WebhookRecorder(
    IOutbox? outbox, Func<EmailFeedback, string, CancellationToken, Task>? record, CancellationToken stopping)
{
    public async Task RecordAsync(WebhookContents contents)
    {
        if (contents.Confirm is { } confirm)
            await confirm().ConfigureAwait(false);
        CryptographicException? unreadable = null;
        foreach (var one in contents.Events)
        {
            try
            {
                await RecordAsync(one).ConfigureAwait(false);
            }
            catch (CryptographicException exception)
            {
                // The key of one email is missing: the others go on.
                unreadable ??= exception;
            }
        }
        if (unreadable is not null)
            throw unreadable;
    }

    private async Task RecordAsync(WebhookEvent one)
    {
        if (record is not null)
            await record(one.Feedback, one.Id, stopping).ConfigureAwait(false);
        else
            await outbox!.RecordFeedbackAsync(await NameAsync(one.Feedback).ConfigureAwait(false), one.Id, stopping).ConfigureAwait(false);
    }

    /// <summary>
    /// The service is verified, so what it says of a Message-ID counts as much as a token. If several emails have it, the outbox looks for
    /// the one of the recipient.
    /// </summary>
    private async Task<EmailFeedback> NameAsync(EmailFeedback feedback)
    {
        if (feedback.EmailId is not null || feedback.Original.MessageId is not { } messageId || string.IsNullOrWhiteSpace(messageId))
            return feedback;
        var page = await outbox!.ListAsync(new OutboxQuery { MessageId = messageId }, 2, cancellationToken: stopping).ConfigureAwait(false);
        return page is { Entries: [var entry] } ? feedback with { EmailId = entry.Id.ToString("D") } : feedback;
    }
}
