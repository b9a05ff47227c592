namespace SmtpTransport.Feedback;

/// <summary>Recognizes emails to the address of <c>List-Unsubscribe</c> (RFC 2369).</summary>
internal static class UnsubscribeEmail
{
    public static EmailFeedback? Read(ReceivedMessage received)
    {
        var message = received.Message;
        var isAddressed = Destinations.Of(message).Any(ReplyRules.Current.IsUnsubscribeAddress);
        var hasSubject = ReplyRules.Current.IsUnsubscribeSubject(message.Subject ?? "");
        if ((!isAddressed && !hasSubject) || received.SenderAddress.Length == 0 || received.IsFromProgram)
            return null;
        var confidence = (isAddressed, hasSubject) switch
        {
            (true, true) => FeedbackConfidence.High,
            (true, false) => FeedbackConfidence.Medium,
            _ => FeedbackConfidence.Low,
        };
        return received.Create(FeedbackKind.Unsubscribe, confidence) with
        {
            Recipients = [new FeedbackRecipient { Address = received.SenderAddress, Confidence = confidence }],
            Original = received.Original with { MessageId = FieldText.Value(message.InReplyTo) ?? received.Original.MessageId },
        };
    }
}
