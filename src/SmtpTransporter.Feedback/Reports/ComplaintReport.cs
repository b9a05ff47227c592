using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Reads reports of feedback loops (RFC 5965).</summary>
internal static class ComplaintReport
{
    public static EmailFeedback? Read(ReceivedMessage received)
    {
        if (received.FindInReport<MessageFeedbackReport>() is not { } part)
            return null;
        var fields = ReportFields.Of(part);
        var type = FieldText.Clean(fields["Feedback-Type"]).ToLowerInvariant();
        // The one field that every report must have (RFC 5965, section 3.1). Without it, nobody is known to complain.
        var feedback = type.Length == 0
            ? received.Create(FeedbackKind.OtherReport, FeedbackConfidence.Low)
            : received.Create(KindOf(type), FeedbackConfidence.High);
        var addresses = fields.Where(f => f.Field.Equals("Original-Rcpt-To", StringComparison.OrdinalIgnoreCase))
            .Select(f => FieldText.Address(f.Value)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(FeedbackReader.MaxRecipients + 1).ToList();
        if (addresses.Count == 0)
            addresses = ToOf(feedback.Original);
        return feedback with
        {
            Detail = type.Length == 0 ? null : type,
            Reporter = Value("Reporting-MTA") ?? Value("User-Agent"),
            Recipients = [.. addresses.Take(FeedbackReader.MaxRecipients)
                .Select(a => new FeedbackRecipient { Address = a, Confidence = feedback.Confidence })],
            IsTruncated = feedback.IsTruncated || addresses.Count > FeedbackReader.MaxRecipients,
            Original = feedback.Original with
            {
                EnvelopeId = FieldText.Value(fields["Original-Envelope-Id"]),
                ReturnPath = FieldText.Address(fields["Original-Mail-From"]) ?? feedback.Original.ReturnPath,
            },
        };

        string? Value(string field) => FieldText.WithoutType(fields[field]);
    }

    // An unknown type counts as "other" (RFC 5965, section 7.3), which is a complaint.
    private static FeedbackKind KindOf(string type) => type switch
    {
        "not-spam" or "auth-failure" => FeedbackKind.OtherReport,
        "opt-out" or "opt-out-list" => FeedbackKind.Unsubscribe,
        _ => FeedbackKind.Complaint,
    };

    // If the original had one recipient, it is the one who complains.
    private static List<string> ToOf(OriginalEmail original)
    {
        var value = original.Headers.FirstOrDefault(h => "To".Equals(h.Name, StringComparison.OrdinalIgnoreCase))?.Value;
        return InternetAddressList.TryParse(value ?? "", out var list) && list.Mailboxes.ToList() is [var only] ? [only.Address] : [];
    }
}
