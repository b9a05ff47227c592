using System.Text.Json;
using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>One entry of <c>failure-reasons.json</c>: a status or words, and the category that they mean.</summary>
/// <param name="Category">The category.</param>
/// <param name="Status">The enhanced status codes; null for any.</param>
/// <param name="Words">The words; null for any.</param>
/// <param name="IsSender">Whether the sender was refused, so that it says nothing of the recipient.</param>
/// <param name="Example">A reply of the same meaning, for the catalog of explanations; null if there is none.</param>
internal sealed record FailureReason(FeedbackCategory Category, Regex? Status, Regex? Words, bool IsSender, string? Example)
{
    public static FailureReason From(JsonElement json) => new(
        RuleFile.Value<FeedbackCategory>(json, "category")!.Value,
        RuleFile.Pattern(json, "status"),
        RuleFile.Pattern(json, "words"),
        RuleFile.Flag(json, "isSender"),
        RuleFile.Text(json, "example"));

    public FeedbackConfidence Confidence => Status is null ? FeedbackConfidence.Medium : FeedbackConfidence.High;

    public bool Matches(string status, string words) => Status?.IsMatch(status) != false && Words?.IsMatch(words) != false;
}
