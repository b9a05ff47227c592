using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Reads notifications that a message was shown, deleted or processed (RFC 8098).</summary>
internal static class DispositionReport
{
    public static EmailFeedback? Read(ReceivedMessage received)
    {
        if (received.FindInReport<MessageDispositionNotification>() is not { } part)
            return null;
        var fields = ReportFields.Of(part);
        var feedback = received.Create(FeedbackKind.DispositionNotification, FeedbackConfidence.High);
        var original = FieldText.OriginalAddress(fields["Original-Recipient"]);
        var address = FieldText.Address(fields["Final-Recipient"]) ?? original ?? received.SenderAddress;
        var recipient = new FeedbackRecipient
        {
            Address = address,
            OriginalAddress = original,
            Confidence = FeedbackConfidence.High,
        };
        return feedback with
        {
            Detail = DispositionOf(FieldText.Clean(fields["Disposition"])),
            Reporter = FieldText.Value(fields["Reporting-UA"]),
            Recipients = address.Length == 0 ? [] : [recipient],
            Original = feedback.Original with
            {
                MessageId = OriginalHeaders.MessageIdOf(fields["Original-Message-ID"]) ?? feedback.Original.MessageId,
            },
        };
    }

    // Such as "manual-action/MDN-sent-manually; displayed/error".
    private static string? DispositionOf(string text)
    {
        var type = text[(text.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim().Split('/', ' ')[0].ToLowerInvariant();
        return type.Length == 0 ? null : type;
    }
}
