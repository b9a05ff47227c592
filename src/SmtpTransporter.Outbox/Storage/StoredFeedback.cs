using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What came back with one report, as it is stored in the history.</summary>
/// <param name="ReportId">What names the report: the same for each copy of it.</param>
/// <param name="IsSigned">Whether a token named the email.</param>
/// <param name="Reports">What it says of each recipient.</param>
internal sealed record StoredFeedback(string ReportId, bool IsSigned, IReadOnlyList<StoredReport> Reports)
{
    // In characters. An id is what others have written.
    private const int MaxIdLength = 250;

    /// <summary>Whether what came back is recorded: others say nothing of the delivery.</summary>
    public static bool IsRecorded(FeedbackKind kind) =>
        kind is FeedbackKind.DeliveryReport or FeedbackKind.Complaint or FeedbackKind.Unsubscribe;

    /// <summary>What is kept of an email that came back.</summary>
    /// <param name="feedback">What it says.</param>
    /// <param name="reportId">What names it if it has no Message-ID; null for its contents.</param>
    /// <param name="now">The time now.</param>
    public static StoredFeedback FromFeedback(EmailFeedback feedback, string? reportId, DateTimeOffset now)
    {
        // A server's clock may be wrong: nothing was written after it came.
        var at = feedback.Date is { } date && date < now ? date.ToUniversalTime() : now;
        // A complaint may name nobody, and so may a damaged delivery report.
        IEnumerable<FeedbackRecipient> recipients =
            feedback.Recipients.Count > 0 ? feedback.Recipients : [new FeedbackRecipient { Address = "" }];
        return new StoredFeedback(
            FindId(feedback, reportId), IsSigned: false,
            [.. recipients.Take(FeedbackReader.MaxRecipients).Select(
                r => StoredReport.FromRecipient(r, StoredReport.KindOf(feedback.Kind, r.Action), at))]);
    }

    public IReadOnlyList<RecipientReport> ToReports() => [.. Reports.Select(r => r.ToReport(IsSigned))];

    /// <summary>The entry of the history; its text is what an earlier version of the package shows.</summary>
    public AttemptDetails ToDetails()
    {
        var only = Reports is [var one] ? one : null;
        var text = only is not null
            ? only.ToReport(IsSigned).ToString()
            : string.Join(", ", Reports.CountBy(r => r.Kind).OrderBy(c => c.Key).Select(
                c => string.Create(CultureInfo.InvariantCulture, $"{c.Key}: {c.Value} recipients")));
        return new AttemptDetails(EmailActions.Process, null, only?.Status ?? 0, text, 0)
        {
            Feedback = this,
            Explanation = only?.Explanation,
        };
    }

    private static string FindId(EmailFeedback feedback, string? reportId)
    {
        var id = feedback.MessageId is { Length: > 0 } messageId ? $"<{messageId}>" : reportId;
        return id switch
        {
            null or "" => Hash(string.Join('\n', feedback.Recipients.Select(r => r.ToString()).Prepend(
                string.Create(CultureInfo.InvariantCulture, $"{feedback.Kind} {feedback.Detail} {feedback.Reporter} {feedback.Date:O}")))),
            { Length: > MaxIdLength } => Hash(id),
            _ => id,
        };
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
