namespace SmtpTransport.Tests;

/// <summary>
/// The result that an exchange must have, computed from two facts: which replies have reached the client, and whether the end of the
/// message has left it.
/// </summary>
internal sealed record CutExpectation(Outcome Outcome, int Status, IReadOnlyList<(RecipientState State, int Status)> Recipients)
{
    /// <param name="replies">The complete replies that were read, from that to MAIL on.</param>
    /// <param name="recipients">How many recipients there are.</param>
    /// <param name="chunks">BDAT, which has no reply before the end of the message.</param>
    /// <param name="endSent">Whether the last octet of the message was handed to the network.</param>
    public static CutExpectation Of(IReadOnlyList<int> replies, int recipients, bool chunks, bool endSent)
    {
        int? Read(int index) => index < replies.Count ? replies[index] : null;
        var own = Enumerable.Range(1, recipients).Select(Read).ToList();
        var refused = own.OfType<int>().Where(code => code >= 400).ToList();
        if (Read(0) is { } mail and >= 400)
            return new(Refused(mail), mail, [.. own.Select(_ => (State(mail), mail))]);
        if (refused.Count == recipients)
            return Decided(refused.Find(code => code < 500) is var passing and > 0 ? passing : refused[0]);
        var ending = !chunks && Read(recipients + 1) is { } data and >= 400 ? data : Read(recipients + (chunks ? 1 : 2));
        if (ending >= 400)
            return Decided(ending.Value);
        if (ending is not null)
        {
            var outcome = refused.Count > 0 ? Outcome.PartiallyAccepted : Outcome.Accepted;
            return new(outcome, refused.FirstOrDefault(250), Others(_ => (RecipientState.Accepted, 250)));
        }
        return endSent
            ? new(Outcome.Unknown, 0, Others(reply => (RecipientState.Accepted, reply ?? 0)))
            : new(Outcome.NotSent, 0, Others(_ => (RecipientState.NotTried, 0)));

        CutExpectation Decided(int code) => new(Refused(code), code, Others(_ => (State(code), code)));
        List<(RecipientState, int)> Others(Func<int?, (RecipientState, int)> other) =>
            own.ConvertAll(reply => reply is { } code and >= 400 ? (State(code), code) : other(reply));
    }

    private static Outcome Refused(int code) => code < 500 ? Outcome.Deferred : Outcome.Refused;

    private static RecipientState State(int code) => code < 500 ? RecipientState.Deferred : RecipientState.Refused;
}
