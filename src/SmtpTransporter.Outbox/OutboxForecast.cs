namespace SmtpTransport.Outbox;

/// <summary>When the queue of a transporter will be empty.</summary>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxForecast
{
    /// <summary>The key of the transporter; empty for the one without a key.</summary>
    public required string TransporterName { get; init; }

    /// <summary>How many emails wait, due or not.</summary>
    public OutboxMatchCount Waiting { get; init; }

    /// <summary>
    /// To how many recipients they still go: the average of the first 200 of them, times their number. Emails that cannot be decrypted do
    /// not count.
    /// </summary>
    public long Recipients { get; init; }

    /// <summary>
    /// What they wait for longest, such as <c>the quota "shop" (10,000 recipients in 1 day)</c>, a rate, a pause, or the throughput of the
    /// last hour; null if nothing limits them.
    /// </summary>
    public string? Limit { get; init; }

    /// <summary>
    /// When the last of them begins, by the database's clock. Null if that cannot be said: because of a pause, more of them than were
    /// counted, a time of more than ten years, or nothing that limits them while nothing was sent in the last hour.
    /// </summary>
    public DateTimeOffset? EmptyAt { get; init; }

    /// <summary>The quotas of the transporter and of its lanes.</summary>
    public IReadOnlyList<OutboxQuotaUse> Quotas { get; init; } = [];
}
