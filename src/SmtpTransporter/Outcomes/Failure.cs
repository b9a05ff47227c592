namespace SmtpTransport;

/// <summary>A judged failure: a refusal of the server (a reply), or errors with status 0.</summary>
internal sealed record Failure(Reply? Reply, IReadOnlyList<SmtpError> Errors, bool IsTransient)
{
    /// <summary>Those that go with a reply are explained by it.</summary>
    public IReadOnlyList<SmtpError> Errors { get; } =
        Reply is null || Errors.Count == 0 ? Errors : [.. Errors.Select(e => e with { Explanation = RefusalCatalogue.OfReply(Reply.Code, Reply.Text) })];

    public int Status => Reply?.Code ?? 0;
}
