using Microsoft.Extensions.Logging;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Joins what came back to the email that it is about, and tells the application. Thread-safe.</summary>
internal sealed class FeedbackRecorder(
    OutboxOptions options, EmailStore store, EmailSearch search, FeedbackSuppressor suppressor, OutboxMeter meter, TimeProvider time,
    ILogger logger)
{
    // Of a report, by which one of several emails with the same Message-ID is looked for.
    private const int MaxAddresses = 20;

    private static readonly TimeSpan CallbackTimeout = TimeSpan.FromMinutes(5);

    /// <summary>What reads messages for this outbox.</summary>
    public FeedbackReader Reader { get; } = new(options.Tokens);

    /// <inheritdoc cref="IOutbox.RecordFeedbackAsync"/>
    // The second token ends what follows the commit, for a caller that gets the report again. Any other one is told once.
    public async Task<OutboxFeedback> RecordAsync(
        EmailFeedback feedback, string? reportId, CancellationToken cancellationToken, CancellationToken stopping = default)
    {
        var result = new OutboxFeedback(feedback);
        if (!StoredFeedback.IsRecorded(feedback.Kind))
            return result;
        await store.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var stored = StoredFeedback.FromFeedback(feedback, reportId, time.GetUtcNow());
        // What a token proves is final: if that email is gone, no other one is meant.
        var recorded = Guid.TryParseExact(feedback.EmailId, "D", out var id)
            ? await store.RecordAsync(id, stored with { IsSigned = true }, cancellationToken).ConfigureAwait(false)
            : await RecordByMessageIdAsync(feedback, stored, cancellationToken).ConfigureAwait(false);
        if (recorded is null)
        {
            meter.AddUnmatchedFeedback();
            OutboxLog.FeedbackUnmatched(logger, feedback.Kind);
            return result;
        }
        result = result with
        {
            EmailId = recorded.Row.Id,
            // If it comes again, the application may not have got it, as after a crash between the commit and the call.
            Reports = [.. recorded.Before, .. recorded.New.ToReports()],
            IsRepeated = recorded.IsRepeated,
        };
        foreach (var report in recorded.New.Reports)
            meter.AddFeedback(report.Kind, report.Category);
        OutboxLog.FeedbackRecorded(logger, recorded.Row.Id, feedback.Kind, recorded.New.Reports.Count, stored.Reports.Count);
        // All of it, not only what is new: a crash may have come before the list had it, or an earlier report was no reason.
        await suppressor.SuppressAsync(recorded, stopping).ConfigureAwait(false);
        if (result.Reports.Count > 0)
            await TellAsync(recorded.Row.Id, result, stopping).ConfigureAwait(false);
        return result;
    }

    /// <summary>Without a token; one that is not valid, or has an id of something else, names no email either.</summary>
    private async Task<RecordedFeedback?> RecordByMessageIdAsync(
        EmailFeedback feedback, StoredFeedback stored, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(feedback.Original.MessageId))
            return null;
        // If it names another address, only a single email can be meant.
        var rows = await FindAsync(new OutboxQuery { MessageId = feedback.Original.MessageId }, 2, cancellationToken).ConfigureAwait(false);
        var row = rows is [_, _, ..]
            ? await FindSharedAsync(feedback.Original.MessageId, stored, cancellationToken).ConfigureAwait(false)
            : rows.FirstOrDefault();
        return row is null ? null : await store.RecordAsync(row.Id, stored, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest of several emails with one Message-ID that has gone to an address of the report; null if none has.</summary>
    private async Task<EmailRow?> FindSharedAsync(string messageId, StoredFeedback stored, CancellationToken cancellationToken)
    {
        var addresses = stored.Reports.SelectMany(r => new[] { r.OriginalAddress, r.Address }).OfType<string>()
            .Where(a => a.Length > 0).Select(SearchTerms.Normalize).Distinct().Take(MaxAddresses);
        foreach (var address in addresses)
        {
            var query = new OutboxQuery { MessageId = messageId, Recipient = address };
            if (await FindAsync(query, 1, cancellationToken).ConfigureAwait(false) is [var row, ..])
                return row;
        }
        return null;
    }

    private async Task<List<EmailRow>> FindAsync(OutboxQuery query, int count, CancellationToken cancellationToken)
    {
        var filter = await search.CreateFilterAsync(query, cancellationToken).ConfigureAwait(false);
        return (await search.ReadAsync(filter, new SearchRange(false), count, cancellationToken).ConfigureAwait(false)).Rows;
    }

    private async Task TellAsync(Guid id, OutboxFeedback feedback, CancellationToken cancellationToken)
    {
        if (options.OnFeedback is not { } tell || await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } row)
            return;
        var entry = await store.ReadEntryAsync(row, cancellationToken).ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(CallbackTimeout, time);
        using var telling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await tell(entry, feedback, telling.Token).AsTask().WaitAsync(telling.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Code of the application. What came back is recorded.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            OutboxLog.FeedbackCallbackFailed(logger, id, exception);
        }
    }
}
