namespace SmtpTransport.Outbox;

/// <summary>When a mail is tried again.</summary>
internal static class RetrySchedule
{
    /// <summary>The wait after a number of tries; null where it is given up. An own schedule may throw.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="tries">How often it was tried; 1 and more.</param>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan? After(OutboxOptions options, int tries, double chance) =>
        options.RetrySchedule is { } own ? own(tries) is { } wait ? wait < TimeSpan.Zero ? TimeSpan.Zero : wait : null : Default(options, tries, chance);

    /// <summary>The wait by the options alone.</summary>
    public static TimeSpan Default(OutboxOptions options, int tries, double chance)
    {
        var wait = options.InitialRetryDelay.TotalSeconds * Math.Pow(2, Math.Min(tries - 1, 60));
        return TimeSpan.FromSeconds(Math.Min(wait, options.MaxRetryDelay.TotalSeconds) * (1 + options.RetryJitter * (2 * chance - 1)));
    }
}
