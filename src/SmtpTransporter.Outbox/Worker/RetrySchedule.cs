namespace SmtpTransport.Outbox;

/// <summary>When a failed email is attempted again.</summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan MaxBefore = TimeSpan.FromMinutes(1);

    /// <summary>Returns the delay after a number of attempts; null to give up. A custom schedule may throw.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="attempts">The number of attempts so far; 1 and more.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public static TimeSpan? GetDelay(OutboxOptions options, int attempts, double chance)
    {
        if (options.RetrySchedule is not { } custom)
            return GetDefaultDelay(options, attempts, chance);
        var delay = custom(attempts);
        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }

    /// <summary>
    /// Returns the delay of the last attempt, instead of one that would begin too late: a minute before the email expires, or a
    /// hundredth of <see cref="OutboxOptions.ExpireAfter"/>. Null if it has just been attempted.
    /// </summary>
    /// <param name="options">The schedule.</param>
    /// <param name="left">The time until the email expires.</param>
    public static TimeSpan? GetLastDelay(OutboxOptions options, TimeSpan left)
    {
        var before = options.ExpireAfter / 100;
        before = before < MaxBefore ? before : MaxBefore;
        return left > before * 2 ? left - before : null;
    }

    /// <summary>Returns the delay without the custom schedule; at most <see cref="OutboxOptions.MaxRetryDelay"/>.</summary>
    public static TimeSpan GetDefaultDelay(OutboxOptions options, int attempts, double chance)
    {
        var seconds = options.InitialRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 60));
        var jitter = 1 + options.RetryJitter * (2 * chance - 1);
        return TimeSpan.FromSeconds(Math.Min(seconds * jitter, options.MaxRetryDelay.TotalSeconds));
    }
}
