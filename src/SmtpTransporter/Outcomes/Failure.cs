namespace SmtpTransport;

/// <summary>A classified failure: a refusal of the server (a reply), or errors with status 0.</summary>
internal sealed record Failure(Reply? Reply, IReadOnlyList<SmtpError> Errors, bool IsTransient)
{
    /// <summary>Errors beside a reply are explained by it.</summary>
    public IReadOnlyList<SmtpError> Errors { get; } =
        Reply is null || Errors.Count == 0 ? Errors : [.. Errors.Select(e => e with { Explanation = RefusalCatalogue.OfReply(Reply.Code, Reply.Text) })];

    public int Status => Reply?.Code ?? 0;

    /// <summary>Whether the caller's cancellation is what ended the operation.</summary>
    public bool IsCanceled { get; init; }
}
