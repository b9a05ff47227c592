using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The order in which callers enter the gate of a rate.</summary>
public sealed class PriorityGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_gate_admits_callers_by_priority_and_skips_canceled_ones()
    {
        var gate = new PriorityGate();
        var first = await gate.EnterAsync(OutboxPriority.Low, Cancellation);
        using var impatient = new CancellationTokenSource();
        var entered = new List<string>();
        var gaveUp = gate.EnterAsync(OutboxPriority.High, impatient.Token);
        Task[] others =
        [
            EnterAsync("low", OutboxPriority.Low), EnterAsync("normal", OutboxPriority.Normal), EnterAsync("high", OutboxPriority.High),
        ];
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);

        first.Dispose();
        await Task.WhenAll(others);

        Assert.Equal(["high", "normal", "low"], entered);
        using (await gate.EnterAsync(OutboxPriority.Low, Cancellation))
            Assert.Equal(3, entered.Count);

        async Task EnterAsync(string name, OutboxPriority priority)
        {
            using (await gate.EnterAsync(priority, Cancellation))
                entered.Add(name);
        }
    }
}
