using Microsoft.Extensions.Logging;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Puts recipients on the suppression list after what came back about them. Thread-safe.</summary>
internal sealed class FeedbackSuppressor(OutboxOptions options, SuppressionList list, ILogger logger)
{
    /// <summary>Adds those recipients of an email that a report gives a reason for. It may be repeated.</summary>
    public async Task SuppressAsync(RecordedFeedback recorded, CancellationToken cancellationToken)
    {
        // With tokens, whoever knows a Message-ID could write a report about anybody.
        if (options.Tokens is not null && !recorded.Given.IsSigned)
            return;
        List<Suppression> entries = [.. recorded.Given.Reports.Select(r => Find(recorded, r)).OfType<Suppression>()];
        if (entries.Count == 0)
            return;
        try
        {
            await list.AddManyAsync(entries, cancellationToken).ConfigureAwait(false);
        }
        catch (OutboxUnacknowledgedException exception)
        {
            // They are on the list.
            OutboxLog.FeedbackUnacknowledged(logger, recorded.Row.Id, exception);
        }
    }

    /// <summary>Only the recipient itself: a report about an address in its place, such as that of a test, says nothing of it.</summary>
    private Suppression? Find(RecordedFeedback recorded, StoredReport report)
    {
        if (ReasonOf(report) is not { } reason || !options.SuppressAfter.Contains(reason)
            || recorded.Targets.Find(report.Address, report.OriginalAddress) is not { Indexes: [var index], IsOwn: true } target)
            return null;
        // A recipient exists if only what it forwards to, or a member of its list, does not.
        if (reason == SuppressionReason.HardBounce && !target.IsItself)
            return null;
        // Anyone can forward a newsletter, and the one who got it that way can answer it. Without a stream, it would end all emails.
        if (reason == SuppressionReason.Unsubscribe && (recorded.Row.Stream is null || !target.IsItself || report.Address.Length == 0))
            return null;
        var entry = new Suppression(recorded.Envelope.Recipients[index].Address, reason)
        {
            // Who unsubscribes from a newsletter still wants the invoice.
            Stream = reason == SuppressionReason.Unsubscribe ? recorded.Row.Stream : null,
            Words = report.Text.Length == 0 ? null : report.Text,
            By = OutboxAttempt.ByFeedback,
        };
        // Words that no list takes are left out; an address that none takes gets no emails anyway.
        entry = entry.FindError() is null ? entry : entry with { Words = null };
        return entry.FindError() is null ? entry : null;
    }

    private static SuppressionReason? ReasonOf(StoredReport report) => report switch
    {
        { Kind: RecipientReportKind.Bounced, Category: FeedbackCategory.Hard, Confidence: not FeedbackConfidence.Low } =>
            SuppressionReason.HardBounce,
        { Kind: RecipientReportKind.Complained } => SuppressionReason.Complaint,
        { Kind: RecipientReportKind.Unsubscribed, Confidence: not FeedbackConfidence.Low } => SuppressionReason.Unsubscribe,
        _ => null,
    };
}
