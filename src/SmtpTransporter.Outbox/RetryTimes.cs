namespace SmtpTransport.Outbox;

/// <summary>When a mail is tried again.</summary>
internal static class RetryTimes
{
    /// <summary>The wait after a number of tries; null where it is given up.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="tries">How often it was tried; 1 and more.</param>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan? After(OutboxOptions options, int tries, double chance)
    {
        if (options.RetrySchedule is { } own)
            return own(tries);
        var wait = options.FirstRetryAfter.TotalSeconds * Math.Pow(2, Math.Min(tries - 1, 60));
        return TimeSpan.FromSeconds(Math.Min(wait, options.LongestRetryAfter.TotalSeconds) * (1 + options.RetryJitter * (2 * chance - 1)));
    }
}
