using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What a result means for an email and its recipients.</summary>
public sealed class AttemptOutcomeTests
{
    private static readonly StoredRecipient[] Two = [new("ann@example.org"), new("bob@example.org")];

    [Theory]
    [InlineData(Outcome.Accepted, 250, OutboxState.Sent, RecipientState.Accepted)]
    [InlineData(Outcome.PartiallyAccepted, 550, OutboxState.Sent, RecipientState.Accepted)]
    [InlineData(Outcome.Refused, 550, OutboxState.DeadLettered, RecipientState.Refused)]
    [InlineData(Outcome.Deferred, 450, OutboxState.Waiting, RecipientState.Deferred)]
    [InlineData(Outcome.NotSent, 0, OutboxState.Waiting, RecipientState.NotTried)]
    [InlineData(Outcome.Unknown, 0, OutboxState.Unknown, RecipientState.NotTried)]
    public void Recipients_without_a_result_of_their_own_get_the_overall_outcome(
        Outcome whole, int status, OutboxState state, RecipientState recipients)
    {
        var outcome = AttemptOutcome.FromResult(SendResult.Create(whole, status, "Reply"), Two);

        Assert.Equal(state, outcome.State);
        Assert.All(outcome.Recipients, r => Assert.Equal(recipients, r.State));
    }

    [Fact]
    public void An_address_that_occurs_twice_counts_as_accepted_if_one_of_them_is()
    {
        var result = SendResult.Create(
            Outcome.Accepted, 250, "Ok",
            [new("bob@example.org", RecipientState.NotTried), new("Bob@example.org", RecipientState.Accepted, 250)]);

        var outcome = AttemptOutcome.FromResult(result, Two);

        Assert.Equal(OutboxState.Sent, outcome.State);
        Assert.Equal(RecipientState.Accepted, outcome.Recipients[1].State);
    }

    [Fact]
    public void A_recipient_that_certainly_has_the_message_does_not_get_it_again_after_a_decision()
    {
        var result = SendResult.Create(
            Outcome.Unknown, 0, "",
            [
                new("ann@example.org", RecipientState.Accepted, 250),
                new("bob@example.org", RecipientState.Accepted, 250) { IsInDoubt = true },
            ]);

        var outcome = AttemptOutcome.FromResult(result, Two);

        Assert.Equal(OutboxState.Unknown, outcome.State);
        Assert.Equal(["bob@example.org"], outcome.Recipients.Where(r => r.IsOpen).Select(r => r.Address));
    }
}
