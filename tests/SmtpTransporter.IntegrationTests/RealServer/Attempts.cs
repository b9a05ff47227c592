namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>Asks until there is an answer or the limit is over: what other processes do raises no event here.</summary>
internal static class Attempts
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<T?> UntilAsync<T>(Func<Task<T?>> ask, TimeSpan limit, CancellationToken cancellation)
        where T : class
    {
        for (var left = limit; left > TimeSpan.Zero; left -= Pause)
        {
            if (await ask() is { } answer) return answer;
#pragma warning disable RS0030 // Other processes raise no event here.
            await Task.Delay(Pause, cancellation);
#pragma warning restore RS0030
        }

        return null;
    }
}
