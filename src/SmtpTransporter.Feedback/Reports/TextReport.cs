using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>Reads delivery reports that have only words, by the forms of <c>report-forms.json</c>.</summary>
internal static class TextReport
{
    private static readonly Lazy<List<ReportForm>> Forms = new(() => RuleFile.Read("report-forms.json", ReportForm.From));

    public static EmailFeedback? Read(ReceivedMessage received)
    {
        // Programs of all kinds say that they have written an email; a mail server shows itself in other ways, too.
        if (!received.HasNullReturnPath && !received.IsReport && !received.IsFromMailSystem)
            return null;
        var text = received.Text;
        var subject = received.Message.Subject ?? "";
        var hasField = received.FailedRecipients is not null;
        // Mail servers write Auto-Submitted, too.
        var isAnswer = ReplyRules.Current.IsAbsence(subject) || ReplyRules.Current.HasReplyField(received.Header, except: "Auto-Submitted");
        foreach (var form in Forms.Value.Where(f => f.Matches(subject, text, hasField)))
        {
            // What only resembles a report must come from a mail server: people have programs that answer, too.
            if (form.Confidence == FeedbackConfidence.Low && (isAnswer || !received.IsSurelyFromMailSystem))
                continue;
            if (Read(received, form, text) is { } feedback)
                return feedback;
        }
        return null;
    }

    private static EmailFeedback? Read(ReceivedMessage received, ReportForm form, string text)
    {
        var end = form.Original?.Match(text) is { Success: true } marker ? marker.Index : text.Length;
        var head = text[..end];
        var recipients = Recipients(received, form, head);
        if (recipients.Count == 0)
            return null;
        return received.Create(FeedbackKind.DeliveryReport, form.Confidence) with
        {
            Rule = form.Name,
            Recipients = [.. recipients.Take(FeedbackReader.MaxRecipients)],
            IsTruncated = received.IsTextTruncated || recipients.Count > FeedbackReader.MaxRecipients,
            Reporter = received.SenderAddress is { Length: > 0 } sender ? sender : null,
            Original = received.Original.Headers.Count > 0
                ? received.Original
                : OriginalHeaders.FindIn(text[SecondLine(text, end)..]) ?? received.Original,
        };
    }

    /// <summary>The recipients, one more than the limit if there are more.</summary>
    private static List<FeedbackRecipient> Recipients(ReceivedMessage received, ReportForm form, string head)
    {
        var reason = form.Reason?.Match(head) is { Success: true } match ? FieldText.Clean(match.Groups["diagnostic"].Value) : "";
        foreach (var pattern in form.Recipients)
        {
            var found = Matches(received, form, pattern, head, reason);
            if (found.Count > 0)
                return found;
        }
        return !form.HasField
            ? []
            : [.. (received.FailedRecipients ?? "").Split(',').Select(AddressText.Clean).Where(AddressText.IsAddress).Distinct()
                .Take(FeedbackReader.MaxRecipients + 1).Select(a => Judge(received, a, form, reason, "", head))];
    }

    private static List<FeedbackRecipient> Matches(
        ReceivedMessage received, ReportForm form, Regex pattern, string head, string reason)
    {
        var recipients = new List<FeedbackRecipient>();
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { received.SenderAddress };
        // A report goes to the sender of the original, who is in its words, too.
        known.UnionWith(Destinations.Of(received.Message));
        for (Match match = pattern.Match(head), next; match.Success; match = next)
        {
            next = match.NextMatch();
            var address = AddressText.Clean(match.Groups["address"].Value);
            if (!AddressText.IsAddress(address) || !known.Add(address))
                continue;
            var own = FieldText.Clean(match.Groups["diagnostic"].Value);
            var context = ReportWords.UpToNext(head.AsSpan(match.Index, (next.Success ? next.Index : head.Length) - match.Index), address);
            recipients.Add(
                Judge(received, address, form, own.Length > 0 ? own : reason, FieldText.Clean(match.Groups["server"].Value), context));
            if (recipients.Count > FeedbackReader.MaxRecipients)
                break;
        }
        return recipients;
    }

    private static FeedbackRecipient Judge(
        ReceivedMessage received, string address, ReportForm form, string diagnostic, string server, string context) =>
        received.Reasons.Judge(
            new FeedbackRecipient
            {
                Address = address,
                Action = DiagnosticText.IsSuccess(diagnostic) ? FeedbackAction.Delivered : form.Action,
                Diagnostic = diagnostic,
                RemoteServer = server.Length == 0 ? null : server,
            },
            context);

    private static int SecondLine(string text, int position) =>
        text.IndexOf('\n', position) is >= 0 and var end ? end + 1 : text.Length;
}
