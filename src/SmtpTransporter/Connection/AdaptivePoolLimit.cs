namespace SmtpTransport;

/// <summary>
/// How many connections a server gets: the number that is allowed, halved each time the server reports an overload, no more than there are
/// when it does not accept a further one, and then one more each ten seconds. Not safe for concurrent use.
/// </summary>
internal sealed class AdaptivePoolLimit(int most, TimeProvider time)
{
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
    public void Shrink(int inUse) => Set(Math.Min(Current, inUse) / 2);

    /// <param name="connections">How many there are: the server accepts no more.</param>
    public void ShrinkTo(int connections) => Set(Math.Min(Current, connections));

    /// <summary>Those who did not get a connection did not do so because of the others.</summary>
    public void Restore() => _less = null;

    private void Set(int less)
    {
        _less = Math.Max(1, less);
        _since = time.GetTimestamp();
    }
}
