namespace SmtpTransport;

/// <summary>A classified failure: a refusal of the server (a reply), or errors with status 0.</summary>
internal sealed record Failure(Reply? Reply, IReadOnlyList<SmtpError> Errors, bool IsTransient)
{
    /// <summary>The errors of a reply are explained by it; the others know whether they may pass.</summary>
    public IReadOnlyList<SmtpError> Errors { get; } = Reply is null
        ? [.. Errors.Select(e => e with { IsTransient = IsTransient })]
        : [.. Errors.Select(e => e with { Explanation = RefusalCatalog.ForReply(Reply.Code, Reply.Text) })];

    public int Status => Reply?.Code ?? 0;

    /// <summary>Whether the caller's cancellation is what ended the operation.</summary>
    public bool IsCanceled { get; init; }
}
