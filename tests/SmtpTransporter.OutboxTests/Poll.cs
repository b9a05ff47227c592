using System.Diagnostics;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The one place that waits by looking again: for tables and for other processes, which raise no event in this process.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    // A state that never comes fails its test; without that, it would hold all others.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Waits until a state is reached.</summary>
    public static Task UntilAsync(Func<Task<bool>> isReached) => UntilAsync(isReached, Cancellation);

    /// <summary>Waits until a state is reached.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isReached, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var start = Stopwatch.GetTimestamp();
        while (!await isReached())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"The state was not reached in {Limit}.");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Lets another process run until an arbitrary moment, at which the test interrupts it.</summary>
    public static async Task UntilRandomMomentAsync(Random random, int minMilliseconds, int maxMilliseconds)
    {
#pragma warning disable CA5394 // Reproducible on purpose.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, random.Next(minMilliseconds, maxMilliseconds))));
#pragma warning restore CA5394
        await timer.WaitForNextTickAsync(Cancellation);
    }
}
