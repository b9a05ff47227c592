namespace SmtpTransport.Feedback;

/// <summary>How long to wait before the next attempt: 1 second, twice as long after each failure, at most 5 minutes.</summary>
internal sealed class ReconnectDelay
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Last = TimeSpan.FromMinutes(5);

    private TimeSpan _next = First;

    public TimeSpan Next()
    {
        var delay = _next;
        _next = delay * 2 < Last ? delay * 2 : Last;
        return delay;
    }

    public void Reset() => _next = First;
}
