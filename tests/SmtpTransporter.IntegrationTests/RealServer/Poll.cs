namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>Polls until there is a result or the time limit is over, because other processes raise no event here.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static async Task<T?> UntilAsync<T>(Func<Task<T?>> query, TimeSpan limit, CancellationToken cancellation)
        where T : class
    {
        for (var left = limit; left > TimeSpan.Zero; left -= Interval)
        {
            if (await query() is { } result)
                return result;
#pragma warning disable RS0030 // Other processes raise no event here.
            await Task.Delay(Interval, cancellation);
#pragma warning restore RS0030
        }
        return null;
    }

    /// <summary>Lets another process run until an arbitrary moment, at which the test interrupts it.</summary>
    public static async Task UntilRandomMomentAsync(
        Random random, int minMilliseconds, int maxMilliseconds, CancellationToken cancellation)
    {
#pragma warning disable CA5394 // Reproducible on purpose.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(random.Next(minMilliseconds, maxMilliseconds)));
#pragma warning restore CA5394
        await timer.WaitForNextTickAsync(cancellation);
    }
}
