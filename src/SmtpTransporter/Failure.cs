namespace SmtpTransport;

/// <summary>A judged failure: a refusal of the server (a reply), or errors with status 0.</summary>
internal sealed record Failure(Reply? Reply, IReadOnlyList<SmtpError> Errors, bool IsTransient)
{
    public int Status => Reply?.Code ?? 0;
}
