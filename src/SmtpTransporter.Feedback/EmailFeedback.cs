namespace SmtpTransport.Feedback;

/// <summary>What an email that came back says: a report, a complaint, a read receipt, an automatic reply or an unsubscribe.</summary>
/// <remarks>
/// Immutable and safe to share between threads. Everything in it was written by others. Only <see cref="EmailId"/> is proven, by its
/// signature.
/// </remarks>
public sealed record EmailFeedback
{
    /// <summary>What kind of email it is.</summary>
    public required FeedbackKind Kind { get; init; }

    /// <summary>How sure <see cref="Kind"/> is. Default <see cref="FeedbackConfidence.Low"/>.</summary>
    public FeedbackConfidence Confidence { get; init; }

    /// <summary>The recipients that it is about, at most <see cref="FeedbackReader.MaxRecipients"/>; empty if it names none.</summary>
    public IReadOnlyList<FeedbackRecipient> Recipients { get; init; } = [];

    /// <summary>The id of the email in a valid token of <see cref="FeedbackTokens"/>; null if there is none.</summary>
    public string? EmailId { get; init; }

    /// <summary>What it says of the email that it is about.</summary>
    public OriginalEmail Original { get; init; } = new();

    /// <summary>
    /// The feedback type of a complaint, such as <c>abuse</c> (RFC 5965), or the disposition of a notification, such as
    /// <c>displayed</c> (RFC 8098), in lower case; null for the other kinds.
    /// </summary>
    public string? Detail { get; init; }

    /// <summary>The server or program that wrote it; null if it does not say.</summary>
    public string? Reporter { get; init; }

    /// <summary>The name of the rule that recognized a form without a standard, such as <c>qmail</c>; null for standard forms.</summary>
    public string? Rule { get; init; }

    /// <summary>The <c>Message-ID</c> of the report itself, without angle brackets; null if it has none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The date of the report itself; null if it has none.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>True if the report exceeds a limit of <see cref="FeedbackReader"/>, so that what lies behind was not read.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>True if the message was finally not delivered to at least one recipient.</summary>
    public bool IsBounce => Kind == FeedbackKind.DeliveryReport && Recipients.Any(r => r.IsBounce);

    /// <summary>One line for a log.</summary>
    /// <returns>The kind and the recipients, at most three of them.</returns>
    public override string ToString()
    {
        var more = Recipients.Count > 3 ? $"; and {Recipients.Count - 3} more" : "";
        return $"{Kind}{(Detail is null ? "" : $" ({Detail})")}: {string.Join("; ", Recipients.Take(3))}{more}";
    }
}
