using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Reads delivery reports with fields (RFC 3464; RFC 6533 for addresses that are not ASCII).</summary>
internal static class DeliveryReport
{
    public static EmailFeedback? Read(ReceivedMessage received)
    {
        // What a person has forwarded or attached is not a report to us.
        var parts = received.Parts.OfType<MessageDeliveryStatus>().ToList();
        if (parts.Count == 0 || !(received.IsReport || received.IsFromProgram))
            return null;
        var groups = ReportFields.GroupsOf(parts);
        var recipients = ReportFields.PerRecipient(groups).Where(HasRecipient).Take(FeedbackReader.MaxRecipients + 1).ToList();
        if (recipients.Count == 0)
        {
            return TextReport.Read(received)
                ?? (received.IsReport ? received.Create(FeedbackKind.DeliveryReport, FeedbackConfidence.Low) : null);
        }
        var words = new ReportWords(received.Text);
        var isOnly = recipients.Count == 1;
        var feedback = received.Create(FeedbackKind.DeliveryReport, FeedbackConfidence.High);
        // The fields of the message lie in a group of their own, in front of those of the recipients.
        return feedback with
        {
            Recipients = [.. recipients.Take(FeedbackReader.MaxRecipients).Select(g => Create(received.Reasons, g, words, isOnly))],
            Reporter = First(groups, "Reporting-MTA"),
            Original = feedback.Original with
            {
                EnvelopeId = FieldText.Value(groups.Select(g => g["Original-Envelope-Id"]).FirstOrDefault(v => v is not null)),
                ReturnPath = First(groups, "X-Postfix-Sender") is { } sender ? AddressText.Clean(sender) : feedback.Original.ReturnPath,
            },
            IsTruncated = feedback.IsTruncated || recipients.Count > FeedbackReader.MaxRecipients,
        };
    }

    private static bool HasRecipient(HeaderList group) =>
        FieldText.Address(group["Final-Recipient"]) is not null || FieldText.Address(group["Original-Recipient"]) is not null;

    private static string? First(List<HeaderList> groups, string field) =>
        FieldText.WithoutType(groups.Select(g => g[field]).FirstOrDefault(v => v is not null));

    private static FeedbackRecipient Create(FailureReasons reasons, HeaderList group, ReportWords words, bool isOnly)
    {
        var original = FieldText.OriginalAddress(group["Original-Recipient"]);
        var address = FieldText.Address(group["Final-Recipient"]) ?? original ?? "";
        var context = words.About(address, isOnly);
        var diagnostic = FieldText.WithoutType(group["Diagnostic-Code"]) ?? ReplyIn(context);
        var status = DiagnosticText.StatusOf(FieldText.Clean(group["Status"]));
        var recipient = new FeedbackRecipient
        {
            Address = address,
            OriginalAddress = original,
            Action = ActionOf(FieldText.Clean(group["Action"]), status),
            Status = status,
            ReplyCode = DiagnosticText.ReplyCodeOf(diagnostic),
            Diagnostic = diagnostic,
            RemoteServer = FieldText.WithoutType(group["Remote-MTA"]),
            WillRetryUntil = FieldText.Date(group["Will-Retry-Until"]),
        };
        return reasons.Judge(recipient, context);
    }

    // Some programs write the reply into the words, and not into the fields.
    private static string ReplyIn(string context)
    {
        var end = Math.Max(context.IndexOf('\n', StringComparison.Ordinal), 0);
        var line = FieldText.Clean(context[..end].TrimStart('>', ':', ' '));
        return DiagnosticText.ReplyCodeOf(line) != 0 ? line : "";
    }

    // A comment may follow, and some programs write other words of the same meaning.
    private static FeedbackAction ActionOf(string text, EnhancedStatus? status) => text.Split(' ', '(', ';')[0].ToUpperInvariant() switch
    {
        "FAILED" or "FAILURE" or "FAIL" => FeedbackAction.Failed,
        "DELAYED" or "DELAY" => FeedbackAction.Delayed,
        "DELIVERED" or "DELIVERABLE" or "SUCCESS" => FeedbackAction.Delivered,
        "RELAYED" => FeedbackAction.Relayed,
        "EXPANDED" => FeedbackAction.Expanded,
        _ => status?.Class switch { 2 => FeedbackAction.Delivered, 4 => FeedbackAction.Delayed, _ => FeedbackAction.Failed },
    };
}
