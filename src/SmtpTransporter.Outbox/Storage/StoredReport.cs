using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What came back about one recipient, as it is stored.</summary>
internal sealed record StoredReport(string Address, RecipientReportKind Kind, DateTimeOffset At)
{
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
        new(recipient.Address, kind, at)
        {
            OriginalAddress = recipient.OriginalAddress,
            Category = recipient.Category,
            Confidence = recipient.Confidence,
            Enhanced = recipient.Status?.ToString(),
            Status = recipient.ReplyCode,
            Text = recipient.Diagnostic,
            RemoteServer = recipient.RemoteServer,
            Explanation = recipient.Explanation == RefusalExplanation.ForReply(recipient.ReplyCode, recipient.Diagnostic)
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
}
