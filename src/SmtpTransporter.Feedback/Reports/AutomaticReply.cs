using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Recognizes answers of programs for people, such as notices of absence (RFC 3834).</summary>
internal static class AutomaticReply
{
    public static EmailFeedback? Read(ReceivedMessage received)
    {
        var subject = received.Message.Subject ?? "";
        var hasField = ReplyRules.Current.HasReplyField(received.Header);
        // A subject alone can be a person's: it counts only for what answers and has no sender to answer to.
        var isAbsence = ReplyRules.Current.IsAbsence(subject) && (received.HasNullReturnPath || IsGenerated(received));
        if (!hasField && !isAbsence)
            return null;
        // A mail server that answers says something of a recipient that no rule has understood, and is not that recipient.
        var (confidence, address) = received.IsFromMailSystem
            ? (FeedbackConfidence.Low, "")
            : (hasField ? FeedbackConfidence.High : FeedbackConfidence.Medium, received.SenderAddress);
        var feedback = received.Create(FeedbackKind.AutomaticReply, confidence);
        return feedback with
        {
            Recipients = address.Length == 0 ? [] : [new FeedbackRecipient { Address = address, Confidence = FeedbackConfidence.Medium }],
            Original = feedback.Original with { MessageId = AnsweredId(received.Message) ?? feedback.Original.MessageId },
        };
    }

    private static bool IsGenerated(ReceivedMessage received) =>
        received.Header("Auto-Submitted") is { } value && !value.Trim().StartsWith("no", StringComparison.OrdinalIgnoreCase);

    private static string? AnsweredId(MimeMessage message) => FieldText.Value(message.InReplyTo ?? message.References.LastOrDefault());
}
