namespace SmtpTransport.Feedback;

/// <summary>What came back about one recipient.</summary>
/// <remarks>Immutable and safe to share between threads. All text comes from outside; it has no control characters.</remarks>
public sealed record FeedbackRecipient
{
    /// <summary>The address that the report is about; after forwarding it may differ from the one that the email was sent to.</summary>
    public required string Address { get; init; }

    /// <summary>The address that the email was sent to (RFC 3464, section 2.3.1); null if the report does not name it.</summary>
    public string? OriginalAddress { get; init; }

    /// <summary>What became of the message; null if this is not a delivery report.</summary>
    public FeedbackAction? Action { get; init; }

    /// <summary>What kind of failure it is. Default <see cref="FeedbackCategory.NotFailure"/>.</summary>
    /// <remarks>A delay is never <see cref="FeedbackCategory.Hard"/>: the server goes on trying.</remarks>
    public FeedbackCategory Category { get; init; } = FeedbackCategory.NotFailure;

    /// <summary>How sure <see cref="Category"/> is. Default <see cref="FeedbackConfidence.Low"/>.</summary>
    public FeedbackConfidence Confidence { get; init; }

    /// <summary>The enhanced status code (RFC 3463), the more specific one if the report has several; null if it has none.</summary>
    public EnhancedStatus? Status { get; init; }

    /// <summary>The reply code of the server that refused (RFC 5321, section 4.2); 0 if the report has none.</summary>
    public int ReplyCode { get; init; }

    /// <summary>The words of the server or program, at most 1000 characters; empty if there are none.</summary>
    public string Diagnostic { get; init; } = "";

    /// <summary>The server that refused or took the message; null if the report does not name it.</summary>
    public string? RemoteServer { get; init; }

    /// <summary>The end of the attempts for a delayed message (RFC 3464, section 2.3.9); null if the report does not name it.</summary>
    public DateTimeOffset? WillRetryUntil { get; init; }

    /// <summary>What the failure means and what to do about it; null if nothing failed, or the catalog does not know it.</summary>
    public RefusalExplanation? Explanation { get; init; }

    /// <summary>True if the message was finally not delivered to this recipient.</summary>
    public bool IsBounce => Action == FeedbackAction.Failed;

    /// <summary>One line for a log.</summary>
    /// <returns>Such as <c>ann@example.org: Failed, Hard, 5.1.1, user unknown</c>.</returns>
    public override string ToString() => string.Join(
        ", ", new[] { $"{Address}: {Action?.ToString() ?? "–"}", $"{Category}", $"{Status}", Diagnostic }.Where(t => t.Length > 0));
}
