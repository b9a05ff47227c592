namespace SmtpTransport.Outbox;

/// <summary>A mail in the outbox, as it was when it was asked for.</summary>
public sealed record OutboxEntry
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What has become of it.</summary>
    public required OutboxState State { get; init; }

    /// <summary>The caller's key; null where none was given.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The transporter it goes through; empty for the default one.</summary>
    public string TransporterName { get; init; } = "";

    /// <summary>Which mail goes first.</summary>
    public OutboxPriority Priority { get; init; }

    /// <summary>When it was enqueued (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is to be sent, or tried again (UTC); null where it is not.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it was sent, refused, cancelled or dropped (UTC); null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How often it was tried since it was enqueued, or was last sent again by decision.</summary>
    public int AttemptCount { get; init; }

    /// <summary>
    /// Since when its message may have been on its way (UTC), where that is not known to have ended: the beginning of the window in which an
    /// <see cref="OutboxState.Unknown"/> mail may have been delivered. Its end is the last of <see cref="History"/>.
    /// </summary>
    public DateTimeOffset? TransmittingSince { get; init; }

    /// <summary>The machine and process that began to transmit it last; null where none did.</summary>
    public string? Worker { get; init; }

    /// <summary>False where what it says below, and its message, cannot be decrypted: the key is gone, or is another application's. It is empty then.</summary>
    public bool IsReadable { get; init; } = true;

    /// <summary>Where bounces go; empty for the null path.</summary>
    public string Sender { get; init; } = "";

    /// <summary>Each recipient, and what was said of it.</summary>
    public IReadOnlyList<RecipientResult> Recipients { get; init; } = [];

    /// <summary>The subject, for people to know it by.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The Message-ID without angle brackets: the same for every try.</summary>
    public string MessageId { get; init; } = "";

    /// <summary>The size of the message in octets.</summary>
    public long Size { get; init; }

    /// <summary>The tries, oldest first. Only <see cref="IOutbox.GetAsync"/> reads them.</summary>
    public IReadOnlyList<OutboxAttempt> History { get; init; } = [];

    /// <summary>True where nothing will happen to it any more by itself: sent, dead, cancelled or dropped.</summary>
    public bool IsFinal => State is OutboxState.Sent or OutboxState.DeadLettered or OutboxState.Canceled or OutboxState.Discarded;

    /// <summary>Id and state. No address, no subject.</summary>
    public override string ToString() => $"{Id} {State}";
}
