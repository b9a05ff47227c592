using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What a service says of one recipient, judged as in a report that came by email.</summary>
internal static class WebhookRecipient
{
    /// <summary>A recipient that did not get the message, or has not got it yet.</summary>
    /// <param name="recipient">What the service says of it.</param>
    /// <param name="said">What kind of failure the service calls it; null if it does not say.</param>
    /// <param name="isCertain">Whether the service says that the address does not exist, whatever the words are.</param>
    /// <param name="goesOn">Whether the service itself goes on writing to an address that it does not call hard.</param>
    public static FeedbackRecipient Failure(
        FeedbackRecipient recipient, FeedbackCategory? said, bool isCertain = false, bool goesOn = true)
    {
        var judged = new FailureReasons(CancellationToken.None).Judge(recipient, "");
        if (said is not { } category || recipient.Action != FeedbackAction.Failed)
            return judged;
        if (category == FeedbackCategory.Hard && isCertain)
            return judged with { Category = category, Confidence = FeedbackConfidence.High };
        // The words say more than the class of the service. But nobody is suppressed whom the service itself goes on writing to.
        var isContradicted = goesOn && judged.Category == FeedbackCategory.Hard && category != FeedbackCategory.Hard;
        return judged.Confidence == FeedbackConfidence.Low || isContradicted
            ? judged with { Category = category, Confidence = FeedbackConfidence.Medium }
            : judged;
    }

    /// <summary>A recipient whose server has taken the message.</summary>
    public static FeedbackRecipient Delivery(string address, string words, string? server) => new()
    {
        Address = address,
        Action = FeedbackAction.Delivered,
        Confidence = FeedbackConfidence.High,
        Diagnostic = words,
        ReplyCode = DiagnosticText.ReplyCodeOf(words),
        Status = DiagnosticText.StatusOf(words),
        RemoteServer = server,
    };

    /// <summary>A recipient that complains or unsubscribes.</summary>
    public static FeedbackRecipient Wish(string address) => new() { Address = address, Confidence = FeedbackConfidence.High };

    /// <summary>Null for an empty text.</summary>
    public static string? OrNull(string text) => text.Length == 0 ? null : text;
}
