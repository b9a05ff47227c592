using System.Text;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What came back about one recipient, as it is stored.</summary>
internal sealed record StoredReport(string Address, RecipientReportKind Kind, DateTimeOffset At)
{
    // In characters, as a reader bounds it. A webhook hands over what it got.
    private const int MaxLength = 1000;

    public string? OriginalAddress { get; init; }

    public FeedbackCategory Category { get; init; } = FeedbackCategory.NotFailure;

    public FeedbackConfidence Confidence { get; init; }

    public string? Enhanced { get; init; }

    public int Status { get; init; }

    public string Text { get; init; } = "";

    public string? RemoteServer { get; init; }

    /// <summary>Null if the reply itself leads to it, or there is none.</summary>
    public RefusalExplanation? Explanation { get; init; }

    public static StoredReport FromRecipient(FeedbackRecipient recipient, RecipientReportKind kind, DateTimeOffset at) =>
        new(Clean(recipient.Address), kind, at)
        {
            OriginalAddress = recipient.OriginalAddress is { } original ? Clean(original) : null,
            Category = recipient.Category,
            Confidence = recipient.Confidence,
            Enhanced = recipient.Status?.ToString(),
            Status = recipient.ReplyCode,
            Text = Clean(recipient.Diagnostic),
            RemoteServer = recipient.RemoteServer is { } server ? Clean(server) : null,
            Explanation = recipient.Explanation == RefusalExplanation.ForReply(recipient.ReplyCode, Clean(recipient.Diagnostic))
                ? null : recipient.Explanation,
        };

    public static RecipientReportKind KindOf(FeedbackKind kind, FeedbackAction? action) => (kind, action) switch
    {
        (FeedbackKind.Complaint, _) => RecipientReportKind.Complained,
        (FeedbackKind.Unsubscribe, _) => RecipientReportKind.Unsubscribed,
        (_, FeedbackAction.Delivered) => RecipientReportKind.Delivered,
        (_, FeedbackAction.Relayed or FeedbackAction.Expanded) => RecipientReportKind.Relayed,
        (_, FeedbackAction.Failed) => RecipientReportKind.Bounced,
        (_, FeedbackAction.Delayed) => RecipientReportKind.Delayed,
        _ => RecipientReportKind.Unknown,
    };

    public RecipientReport ToReport(bool isSigned) => new()
    {
        Address = Address,
        OriginalAddress = OriginalAddress,
        Kind = Kind,
        At = At,
        Category = Category,
        Confidence = Confidence,
        EnhancedStatus = EnhancedStatus.TryParse(Enhanced, out var enhanced) ? enhanced : null,
        Status = Status,
        Text = Text,
        RemoteServer = RemoteServer,
        Explanation = Explanation ?? RefusalExplanation.ForReply(Status, Text),
        IsSigned = isSigned,
    };

    /// <summary>One line without control characters and halves of pairs, up to the limit.</summary>
    private static string Clean(string? text)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxLength)
                break;
            clean.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }
        return clean.ToString().Trim();
    }
}
