namespace SmtpTransport;

/// <summary>
/// How many connections a server gets: the number that is allowed, halved each time it says that it is too much for it, and then one more
/// each
/// ten seconds. Not safe for concurrent use.
/// </summary>
internal sealed class AdaptivePoolLimit(int most, TimeProvider time)
{
    // Less than is allowed; none where all is well.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private int? _less;
    private long _since;

    public int Current
    {
        get
        {
            if (_less is not { } less)
                return most;
            var now = less + (int)Math.Min(most, time.GetElapsedTime(_since).Ticks / Step.Ticks);
            if (now >= most)
                _less = null;
            return Math.Min(most, now);
        }
    }

    /// <param name="inUse">How many there are: the server has more of them than it wants, whatever is allowed.</param>
    public void Shrink(int inUse)
    {
        _less = Math.Max(1, Math.Min(Current, inUse) / 2);
        _since = time.GetTimestamp();
    }
}
