namespace SmtpTransport;

/// <summary>A classified failure: a refusal of the server (a reply), or errors with status 0.</summary>
internal sealed record Failure(Reply? Reply, IReadOnlyList<SmtpError> Errors, bool IsTransient)
{
    /// <summary>The errors of a reply are explained by it; the others know whether they may pass.</summary>
    public IReadOnlyList<SmtpError> Errors { get; } = Reply is null
        ? [.. Errors.Select(e => e with { IsTransient = IsTransient })]
        : [.. Errors.Select(e => e with { Explanation = e.KnownExplanation ?? RefusalCatalog.ForReply(Reply.Code, Reply.Text) })];

    public int Status => Reply?.Code ?? 0;

    /// <summary>Whether the caller's cancellation is what ended the operation.</summary>
    public bool IsCanceled { get; init; }

    /// <summary>A failure without a reply.</summary>
    /// <param name="code">One of <see cref="SmtpErrorCodes"/>.</param>
    /// <param name="component">The layer.</param>
    /// <param name="exception">What was thrown.</param>
    /// <param name="transient">Whether it may pass.</param>
    /// <param name="text">Our own words, which say it better; null if there are none.</param>
    /// <param name="explanation">The code of the explanation if more is known than the error's code says; null otherwise.</param>
    public static Failure Of(
        int code, string component, Exception exception, bool transient, ErrorText? text = null, string? explanation = null)
    {
        var errors = ErrorsOf(code, component, exception, text);
        if (explanation is not null)
            errors = errors.ConvertAll(e => e with { Explanation = RefusalCatalog.OfCode(explanation) });
        return new Failure(null, errors, transient);
    }

    /// <summary>Innermost first; if words of ours say it better, they are the last. What the next one repeats is left out.</summary>
    public static List<SmtpError> ErrorsOf(int code, string component, Exception exception, ErrorText? text = null)
    {
        var errors = new List<SmtpError>();
        if (text is not null)
            errors.Add(SmtpError.Of(code, text, component));
        for (Exception? current = exception; current is not null; current = current.InnerException)
        {
            var error = SmtpError.Of(code, ErrorText.Of(current), component);
            if (errors.Count == 0 || !errors[0].Message.Contains(error.Message.TrimEnd('.'), StringComparison.Ordinal))
                errors.Insert(0, error);
        }
        return errors;
    }
}
