namespace SmtpTransport.Tests;

/// <summary>What was seen of three emails that followed one another over a connection that was cut.</summary>
/// <param name="Results">Their results.</param>
/// <param name="Copies">How often the server has each of them.</param>
internal sealed record OverlapCutFacts(IReadOnlyList<SendResult> Results, IReadOnlyList<int> Copies)
{
    /// <summary>Of which of them the end was handed to the network, on the connection that was cut.</summary>
    public required IReadOnlyList<bool> Ended { get; init; }

    /// <summary>The names of those whose answer the client has read on that connection, which is not encrypted.</summary>
    public required IReadOnlyList<string> Answered { get; init; }

    /// <summary>Whether each one is stored under its own sender and for its own recipient.</summary>
    public required bool AreOwn { get; init; }

    /// <summary>How many callers still have a place in the pool.</summary>
    public required int InUse { get; init; }

    /// <summary>How many octets the exchange has in each direction, as far as the client has seen them.</summary>
    public required (int ToServer, int ToClient) Length { get; init; }

    /// <summary>Behind which octets of each direction a line ends, if it is not encrypted.</summary>
    public required (IReadOnlyList<int> ToServer, IReadOnlyList<int> ToClient) LineEnds { get; init; }

    /// <summary>What is wrong; empty if nothing is.</summary>
    /// <param name="isSilent">Whether their time may have been over as the server fell silent.</param>
    /// <param name="isPlain">Whether the octets show what was sent and answered.</param>
    public IEnumerable<string> FindProblems(bool isSilent, bool isPlain)
    {
        for (var i = 0; i < Results.Count; i++)
        {
            var name = OverlapCutLab.Names[i];
            var outcome = Results[i].Outcome;
            if (Copies[i] > 1 || (outcome == Outcome.Accepted && Copies[i] == 0) || (outcome == Outcome.NotSent && Copies[i] > 0))
                yield return $"{name} is stored {Copies[i]} times: {Results[i]}";
            if (outcome == Outcome.NotSent && !isSilent)
                yield return $"{name} did not go out over another connection: {Results[i]}";
            if (isPlain && outcome != Expect(i) && !(isSilent && outcome == Outcome.NotSent && Expect(i) == Outcome.Accepted))
                yield return $"{name}: expected {Expect(i)}, found {Results[i]} {string.Join(" | ", Results[i].Errors)}";
        }
        if (!AreOwn)
            yield return "An email is stored under the envelope of another one.";
        if (InUse != 0)
            yield return $"{InUse} places are in use.";
    }

    // Nothing that the server could take for a message was sent of it: it goes out over another connection.
    private Outcome Expect(int email) =>
        Ended[email] && !Answered.Contains(OverlapCutLab.Names[email]) ? Outcome.Unknown : Outcome.Accepted;
}
