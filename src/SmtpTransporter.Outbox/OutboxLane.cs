namespace SmtpTransport.Outbox;

/// <summary>A lane with emails that wait or are being sent.</summary>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxLane
{
    /// <summary>The key of the transporter; empty for the one without a key.</summary>
    public required string TransporterName { get; init; }

    /// <summary>The name of the lane; empty for the one without a name.</summary>
    public required string Lane { get; init; }

    /// <summary>How many emails wait, due or not.</summary>
    public OutboxMatchCount Waiting { get; init; }

    /// <summary>How many emails are being sent on all machines.</summary>
    public long Sending { get; init; }

    /// <summary>
    /// When the first of the waiting emails is due, from now; zero or less if it is due already. Null if none waits for a worker.
    /// </summary>
    public TimeSpan? FirstDueIn { get; init; }

    /// <summary>
    /// The shortest time between two emails by <see cref="OutboxOptions.LimitRate"/> of this process, for the lane and its transporter;
    /// null without such a limit.
    /// </summary>
    public TimeSpan? MinInterval { get; init; }

    /// <summary>Whether <see cref="OutboxOptions.UseRateLimiter"/> of this process limits it as well.</summary>
    public bool HasRateLimiter { get; init; }

    /// <summary>
    /// How many emails may be sent at once on all machines by <see cref="OutboxOptions.LimitConcurrency"/> of this process; null without
    /// such a limit.
    /// </summary>
    public int? MaxConcurrency { get; init; }
}
