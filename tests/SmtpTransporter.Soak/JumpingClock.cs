namespace SmtpTransport.Soak;

/// <summary>
/// A clock that is set forward and back by up to a month, while its timestamps and timers stay correct, as on a machine whose time is
/// corrected. No result may depend on it.
/// </summary>
internal sealed class JumpingClock(int seed) : TimeProvider
{
    private static readonly TimeSpan MaxJump = TimeSpan.FromDays(30);

    private readonly Random _random = new(seed);
    private long _ahead;

    public int Jumps { get; private set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Half of the jumps are of seconds, like the time limits: a limit that depends on this clock would then fail.
            var far = _random.Next(2) == 0 ? MaxJump : TimeSpan.FromSeconds(5);
            Interlocked.Exchange(ref _ahead, (long)((_random.NextDouble() - 0.5) * 2 * far.Ticks));
            Jumps++;
            await Task.Delay(_random.Next(1, 50), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
