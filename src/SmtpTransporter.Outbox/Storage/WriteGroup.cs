namespace SmtpTransport.Outbox;

/// <summary>What is written in one commit.</summary>
internal sealed record WriteGroup(
    IReadOnlyList<(Claim Claim, string Worker)> Marks, IReadOnlyList<Settlement> Settlements, IReadOnlyList<Claim> Releases)
{
    public int Count => Marks.Count + Settlements.Count + Releases.Count;
}
