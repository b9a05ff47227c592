namespace SmtpTransport.Outbox;

/// <summary>An email to enqueue, with its delivery settings.</summary>
/// <remarks>For <see cref="IOutbox.EnqueueManyAsync"/>. Immutable; the <see cref="SmtpTransport.Email"/> in it is not.</remarks>
/// <param name="Email">The email. It is serialized when it is enqueued, and not changed.</param>
public sealed record OutboxEmail(Email Email)
{
    /// <summary>A key that prevents duplicates: while an email with this key is kept, no second one is stored.</summary>
    /// <remarks>At most 200 characters. Default: none.</remarks>
    public string? IdempotencyKey { get; init; }

    /// <summary>The earliest time to send it. Default: at once. A time in the past means at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>
    /// The time after which it must not be sent, such as the end of a one-time code. Default: none of its own; it expires after
    /// <see cref="OutboxOptions.ExpireAfter"/> in any case.
    /// </summary>
    /// <remarks>No attempt begins after it, and nobody can resend it. It must be later than <see cref="SendAt"/>.</remarks>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The key of the transporter that sends it. Default: the transporter without a key.</summary>
    public string? TransporterName { get; init; }

    /// <summary>Whether it is sent before or after others that are due. Default: <see cref="OutboxPriority.Normal"/>.</summary>
    public OutboxPriority Priority { get; init; }

    /// <summary>The lane of the transporter, for example a tenant; at most 200 characters. Default: the lane without a name.</summary>
    /// <remarks>Lanes of equal priority get equal shares; a lane can have limits of its own.</remarks>
    public string? Lane { get; init; }

    /// <summary>
    /// Whether it waits until all ordered emails that were stored before it in the same lane have ended. Default: false.
    /// </summary>
    public bool IsOrdered { get; init; }

    /// <summary>Returns key, time, transporter and priority; no address and no subject.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => $"{IdempotencyKey} {SendAt:u} {TransporterName} {Priority}";
}
