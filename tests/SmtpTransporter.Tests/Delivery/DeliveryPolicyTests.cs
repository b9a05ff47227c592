using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests every case of the table that says what follows a transaction.</summary>
public sealed class DeliveryPolicyTests
{
    private static readonly bool[] Either = [false, true];

    public static TheoryData<string, bool, bool, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, bool, bool, bool>();
            foreach (var ending in Enum.GetNames<TransactionEnding>())
            {
                foreach (var left in Either)
                {
                    foreach (var progress in Either)
                    {
                        foreach (var delivered in Either)
                        {
                            foreach (var used in Either)
                                cases.Add(ending, left, progress, delivered, used);
                        }
                    }
                }
            }
            return cases;
        }
    }

    // Written as the documentation has it: the first row that matches counts.
    private static readonly (string Endings, Func<bool, bool, bool, bool, bool> When, NextStep Step)[] Table =
    [
        ("*", (left, _, _, _) => !left, NextStep.Stop),
        ("InDoubt Stopped", (_, _, _, _) => true, NextStep.Stop),
        ("Accepted RecipientsRefused", (_, progress, _, _) => progress, NextStep.GoOn),
        ("MessageRefused", (_, progress, delivered, _) => progress && delivered, NextStep.GoOn),
        ("ServerClosed ConnectionLost StateLost OutOfStep", (_, _, _, used) => used, NextStep.NewConnection),
        ("ServerClosed ConnectionLost", (_, progress, _, _) => progress, NextStep.NewConnection),
        ("ConnectionLost", (_, _, _, _) => true, NextStep.Reconnect),
        ("*", (_, _, _, _) => true, NextStep.Stop),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_follows_a_transaction_is_as_in_the_table(string ending, bool left, bool progress, bool delivered, bool used)
    {
        var row = Array.Find(
            Table, r => (r.Endings == "*" || r.Endings.Split(' ').Contains(ending)) && r.When(left, progress, delivered, used));

        Assert.Equal(row.Step, DeliveryPolicy.After(Enum.Parse<TransactionEnding>(ending), left, progress, delivered, used));
    }

    [Fact]
    public void Without_progress_a_new_connection_is_tried_once()
    {
        // What fails on the new connection as it did on the used one is the answer.
        foreach (var ending in Enum.GetValues<TransactionEnding>())
        {
            Assert.Equal(
                ending == TransactionEnding.ConnectionLost ? NextStep.Reconnect : NextStep.Stop,
                DeliveryPolicy.After(ending, someoneLeft: true, progress: false, delivered: true, wasUsed: false));
        }
    }
}
