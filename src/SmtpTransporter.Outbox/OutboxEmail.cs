namespace SmtpTransport.Outbox;

/// <summary>A mail to be enqueued, with what is to be known of it.</summary>
/// <param name="Email">The mail. It is written down at once, and not changed.</param>
public sealed record OutboxEmail(Email Email)
{
    /// <summary>The caller's key: while a mail with it is kept, a second one is not stored. At most 200 characters. Default none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Not before this time. Default at once. A time in the past is at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>The key of the transporter it goes through. Default the default one.</summary>
    public string? TransporterName { get; init; }

    /// <summary>Which mail goes first. Default <see cref="OutboxPriority.Normal"/>.</summary>
    public OutboxPriority Priority { get; init; }

    /// <summary>Key, time and transporter. No address, no subject.</summary>
    public override string ToString() => $"{IdempotencyKey} {SendAt:u} {TransporterName} {Priority}";
}
