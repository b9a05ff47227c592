using System.Text.Json;
using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>One entry of <c>report-forms.json</c>: how a program's reports without fields look.</summary>
/// <param name="Name">The program.</param>
/// <param name="Action">What the report says of all its recipients.</param>
/// <param name="Confidence">How sure it is that a report of this form is one.</param>
/// <param name="Subject">The subject; null for any.</param>
/// <param name="NotSubject">Subjects of what only resembles it; null for none.</param>
/// <param name="Words">Words that the text must have; null for any.</param>
/// <param name="Recipients">
/// How recipients are written, with the groups <c>address</c>, <c>diagnostic</c> and <c>server</c>. The first that finds one is used.
/// </param>
/// <param name="Reason">The reason for all recipients, in the group <c>diagnostic</c>; null if each has its own.</param>
/// <param name="Original">The line behind which the original is quoted; null if it is not.</param>
/// <param name="HasField">Whether <c>X-Failed-Recipients</c> must be there, which names the recipients if the text does not.</param>
internal sealed record ReportForm(
    string Name, FeedbackAction Action, FeedbackConfidence Confidence, Regex? Subject, Regex? NotSubject, Regex? Words,
    List<Regex> Recipients, Regex? Reason, Regex? Original, bool HasField)
{
    public static ReportForm From(JsonElement json) => new(
        RuleFile.Text(json, "name")!,
        RuleFile.Value<FeedbackAction>(json, "action") ?? FeedbackAction.Failed,
        RuleFile.Value<FeedbackConfidence>(json, "confidence") ?? FeedbackConfidence.Medium,
        RuleFile.Pattern(json, "subject"),
        RuleFile.Pattern(json, "notSubject"),
        RuleFile.Pattern(json, "words"),
        json.TryGetProperty("recipients", out var list) ? [.. list.EnumerateArray().Select(p => RuleFile.Compile(p.GetString()!))] : [],
        RuleFile.Pattern(json, "reason"),
        RuleFile.Pattern(json, "original"),
        RuleFile.Flag(json, "hasField"));

    public bool Matches(string subject, string text, bool hasField) =>
        (!HasField || hasField) && Subject?.IsMatch(subject) != false
        && NotSubject?.IsMatch(subject) != true && Words?.IsMatch(text) != false;
}
