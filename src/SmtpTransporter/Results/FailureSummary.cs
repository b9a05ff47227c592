namespace SmtpTransport;

/// <summary>
/// What a reply and a list of errors say together: the questions that <see cref="SendResult"/> and <see cref="ConnectionStatus"/> share.
/// </summary>
internal static class FailureSummary
{
    /// <summary>
    /// The reply's text if the server refused, otherwise the last error's message, otherwise the given text. Never empty.
    /// </summary>
    public static string Reason(int status, string statusText, IReadOnlyList<SmtpError> errors) =>
        status == 0 && errors.Count > 0 ? errors[^1].Message
        : statusText.Length > 0 ? statusText
        : status == 0 ? "The cause is not known."
        : $"The server replied {status} without a text.";

    /// <summary>What the refusal, or else the last error, means; null if the catalog does not know it.</summary>
    public static RefusalExplanation? Explain(int status, string statusText, IReadOnlyList<SmtpError> errors) =>
        status >= 400 ? (errors.Count > 0 ? errors[^1].KnownExplanation : null) ?? RefusalCatalog.ForReply(status, statusText)
        : errors.Count > 0 ? errors[^1].Explanation
        : null;

    /// <summary>
    /// One line: what happened, at which server, what to do, and the code under which docs/errors.md has more.
    /// </summary>
    /// <param name="what">What happened.</param>
    /// <param name="server">The server; null if none was asked.</param>
    /// <param name="explanation">What to do; null if that is not known.</param>
    public static string Line(string what, EndpointName? server, RefusalExplanation? explanation)
    {
        var place = server?.ToString();
        if (place is not null && !what.Contains(place, StringComparison.Ordinal))
            what = $"{what.TrimEnd('.')} ({place})";
        if (explanation is null)
            return what;
        var sentence = what is [.., '.' or '?' or '!'] ? what : $"{what}.";
        return $"{sentence} {explanation.Remedy} [{explanation.Code}]";
    }

    /// <summary>Whether a failure with this reply code, or else with these errors, may pass by itself.</summary>
    public static bool IsTransient(int status, IReadOnlyList<SmtpError> errors) =>
        status == 0 ? errors.Count == 0 || errors[^1].IsTransient : status is >= 400 and < 500;
}
