using System.Globalization;

namespace SmtpTransport.Feedback;

/// <summary>
/// Judges why a message was not delivered, by the first entry of <c>failure-reasons.json</c> that matches. For one report, of which many
/// recipients often have the same words.
/// </summary>
/// <param name="cancellationToken">Ends the judging: a report may have 20,000 recipients.</param>
internal sealed class FailureReasons(CancellationToken cancellationToken)
{
    private const int MaxContext = 2000;

    private static readonly Lazy<List<FailureReason>> All = new(() => RuleFile.Read("failure-reasons.json", FailureReason.From));

    private (string Status, string Words, FailureReason? Reason)? _last;

    /// <summary>The recipient with its category, its explanation, and the more specific status.</summary>
    /// <param name="recipient">What a report says of a recipient.</param>
    /// <param name="context">Other words of the report about it, if its own say nothing.</param>
    /// <exception cref="OperationCanceledException">The reading was canceled.</exception>
    public FeedbackRecipient Judge(FeedbackRecipient recipient, string context)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (recipient.Action is not (FeedbackAction.Failed or FeedbackAction.Delayed))
            return recipient with { Category = FeedbackCategory.NotFailure, Confidence = FeedbackConfidence.High };
        var code = DiagnosticText.ReplyCodeOf(recipient.Diagnostic);
        var status = MoreSpecific(recipient.Status, DiagnosticText.StatusOf(recipient.Diagnostic));
        var judged = recipient with { ReplyCode = code, Status = status };
        var text = status?.ToString() ?? "";
        if (FindOnce(text, recipient.Diagnostic) is { } reason)
        {
            var about = reason.IsSender ? WithoutQuoted(judged, recipient.Status) : judged;
            return Apply(about, reason, reason.Confidence, recipient.Diagnostic);
        }
        context = context[..Math.Min(context.Length, MaxContext)];
        if (IsGeneral(status) && Find("", context) is { } guess)
            return Apply(judged, guess, FeedbackConfidence.Medium, FieldText.Clean(context));
        return judged with
        {
            Category = FeedbackCategory.Soft,
            Confidence = IsTemporary(judged) ? FeedbackConfidence.High : FeedbackConfidence.Low,
            Explanation = Explain(judged, null, recipient.Diagnostic),
        };
    }

    private FailureReason? FindOnce(string status, string words)
    {
        if (_last is { } last && last.Status == status && last.Words == words)
            return last.Reason;
        var reason = Find(status, words);
        _last = (status, words, reason);
        return reason;
    }

    private static FailureReason? Find(string status, string words) => All.Value.Find(r => r.Matches(status, words));

    private static FeedbackRecipient Apply(FeedbackRecipient recipient, FailureReason reason, FeedbackConfidence confidence, string words)
    {
        // What is temporary says nothing final about an address.
        var isPassing = reason.Category == FeedbackCategory.Hard && IsTemporary(recipient);
        return recipient with
        {
            Category = isPassing ? FeedbackCategory.Soft : reason.Category,
            Confidence = confidence,
            Explanation = Explain(recipient, isPassing ? null : reason.Example, reason.IsSender ? BeforeQuoted(words) : words),
        };
    }

    // A server that has asked the sender's server quotes its answer, such as "User unknown": that is the sender, and not the recipient.
    private static FeedbackRecipient WithoutQuoted(FeedbackRecipient recipient, EnhancedStatus? given) =>
        recipient.Status is { Subject: 1, Detail: not (7 or 8) } ? recipient with { Status = given } : recipient;

    private static string BeforeQuoted(string words) =>
        words.IndexOf("Verification failed for", StringComparison.OrdinalIgnoreCase) is >= 0 and var start ? words[..start] : words;

    // A program that gives up, such as at the end of its attempts, writes a permanent status and the last words of the server.
    private static bool IsTemporary(FeedbackRecipient recipient) =>
        recipient.Action == FeedbackAction.Delayed || recipient.Status?.Class == 4 || recipient.ReplyCode / 100 == 4
        || (recipient.Status is null or { Detail: 0 } && DiagnosticText.StatusOf(recipient.Diagnostic)?.Class == 4);

    private static bool IsGeneral(EnhancedStatus? status) => status is null or { Subject: 0 } or { Subject: 3 or 4 or 5, Detail: 0 };

    private static EnhancedStatus? MoreSpecific(EnhancedStatus? given, EnhancedStatus? found) =>
        given is null || (found is { } status && given.Value.Detail == 0 && status.Class == given.Value.Class) ? found ?? given : given;

    private static RefusalExplanation? Explain(FeedbackRecipient recipient, string? example, string words)
    {
        var code = recipient.ReplyCode != 0 ? recipient.ReplyCode : recipient.Status?.Class == 4 ? 450 : 550;
        var reply = DiagnosticText.ReplyOf(words);
        if (recipient.Status is { } status && DiagnosticText.StatusOf(reply) is null)
            reply = $"{status} {reply}";
        return RefusalExplanation.ForReply(code, reply)
            ?? (example is null
                ? null
                : RefusalExplanation.ForReply(int.Parse(example[..3], CultureInfo.InvariantCulture), example[4..]));
    }
}
