namespace SmtpTransport.Tests;

/// <summary>One run of an exchange, which is compared with what it had to come to.</summary>
/// <param name="Scenario">The exchange.</param>
/// <param name="Whole">What it comes to if nothing is cut.</param>
/// <param name="Cut">How it was cut; null if it was not.</param>
/// <param name="Facts">What was seen.</param>
internal sealed record CutCase(CutScenario Scenario, CutFacts Whole, Cut? Cut, CutFacts Facts)
{
    private SendResult Result => Facts.Result;

    private bool EndSent => Scenario.SendsEnd && Facts.Sent >= Whole.Sent;

    /// <summary>What is wrong; empty if nothing is.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        var expected = Expect(Facts, EndSent);
        var problems = new List<string>();
        if (Facts.Connections > 1)
        {
            if (expected.Outcome is Outcome.Unknown or Outcome.Accepted or Outcome.PartiallyAccepted)
                problems.Add("The message was sent again, although the server may have it.");
            expected = Expect(Whole, endSent: true);
        }
        else if (Scenario.Before == CutUse.BeforePause && Facts.Replies.Count == 0 && !EndSent)
        {
            problems.Add("The connection had been idle, and the message was not sent on another one.");
        }
        Compare("outcome", (expected.Outcome, expected.Status), (Result.Outcome, Result.Status));
        for (var i = 0; i < Scenario.Recipients; i++)
        {
            var recipient = Result.Recipients[i];
            var (state, status) = expected.Recipients[i];
            var isInDoubt = expected.Outcome == Outcome.Unknown && state == RecipientState.Accepted;
            Compare($"recipient {i}", (state, status, isInDoubt), (recipient.State, recipient.Status, recipient.IsInDoubt));
            if (Facts.Copies[i] > 1 || (!isInDoubt && Facts.Copies[i] != (state == RecipientState.Accepted ? 1 : 0)))
                problems.Add($"The server has {Facts.Copies[i]} copies for recipient {i}.");
        }
        if (Result.Outcome == Outcome.NotSent)
            Compare("transient", true, Result.IsTransient);
        // What was deferred by its own reply may be tried again, whatever became of the others.
        var retried = expected.Recipients.Count(r => r.State is RecipientState.Deferred or RecipientState.NotTried);
        Compare("retried", retried, Result.RetryRecipients.Count);
        Compare("places in use", 0, Facts.InUse);
        return problems;

        void Compare<T>(string what, T wanted, T found)
        {
            if (!Equals(wanted, found))
                problems.Add($"{what}: expected {wanted}, found {found}.");
        }
    }

    public override string ToString() =>
        $"{Cut}; {Facts.Connections} connections, sent {Facts.Sent} of {Whole.Sent}, read [{string.Join(' ', Facts.Replies)}]; "
        + $"{Result} {string.Join(" | ", Result.Errors)}";

    private CutExpectation Expect(CutFacts facts, bool endSent) =>
        CutExpectation.Of(facts.Replies, Scenario.Recipients, Scenario.Chunks, endSent);
}
