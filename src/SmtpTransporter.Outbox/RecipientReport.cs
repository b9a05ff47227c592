using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What came back about one recipient after a server had taken the message.</summary>
/// <remarks>Immutable and thread-safe. All text comes from outside; it has no control characters.</remarks>
public sealed record RecipientReport
{
    /// <summary>
    /// The address that the report is about; after forwarding it may differ from that of the recipient. Empty if the report names none.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>The address that the message was sent to (RFC 3464, section 2.3.1); null if the report does not name it.</summary>
    public string? OriginalAddress { get; init; }

    /// <summary>What happened.</summary>
    public required RecipientReportKind Kind { get; init; }

    /// <summary>When the report was written, by the clock of its server; without a date, when it was recorded (UTC).</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What kind of failure it is. Default: <see cref="FeedbackCategory.NotFailure"/>.</summary>
    public FeedbackCategory Category { get; init; } = FeedbackCategory.NotFailure;

    /// <summary>How sure <see cref="Category"/> is. Default: <see cref="FeedbackConfidence.Low"/>.</summary>
    public FeedbackConfidence Confidence { get; init; }

    /// <summary>The enhanced status code (RFC 3463); null if the report has none.</summary>
    public EnhancedStatus? EnhancedStatus { get; init; }

    /// <summary>The reply code of the remote server (RFC 5321, section 4.2); 0 if the report has none.</summary>
    public int Status { get; init; }

    /// <summary>The words of the remote server, at most 1,000 characters. Default: empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>The server that refused or took the message; null if the report does not name it.</summary>
    public string? RemoteServer { get; init; }

    /// <summary>What the failure means and what to do about it; null if nothing failed, or the catalog does not know it.</summary>
    public RefusalExplanation? Explanation { get; init; }

    /// <summary>
    /// Whether a signed token named the email. Otherwise it was found by its Message-ID, which whoever has got the email can put into a
    /// false report.
    /// </summary>
    public bool IsSigned { get; init; }

    /// <summary>One line for a console; it has the address.</summary>
    /// <returns>Such as <c>ann@example.org: Bounced, Hard, 5.1.1, user unknown</c>.</returns>
    public override string ToString() => string.Join(
        ", ",
        new[] { $"{Address}: {Kind}", Category == FeedbackCategory.NotFailure ? "" : $"{Category}", $"{EnhancedStatus}", Text }
            .Where(t => t.Length > 0));
}
