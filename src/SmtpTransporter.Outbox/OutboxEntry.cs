namespace SmtpTransport.Outbox;

/// <summary>An email in the outbox at the time of the query.</summary>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxEntry
{
    /// <summary>The id that <see cref="IOutbox.EnqueueAsync"/> returned.</summary>
    public required Guid Id { get; init; }

    /// <summary>The state of the email.</summary>
    public required OutboxState State { get; init; }

    /// <summary>The caller's key; null if none was given.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The key of the transporter that sends it; empty for the transporter without a key.</summary>
    public string TransporterName { get; init; } = "";

    /// <summary>The lane of the transporter; empty for the one without a name.</summary>
    public string Lane { get; init; } = "";

    /// <summary>Whether it waits for all ordered emails that were stored before it in its lane.</summary>
    public bool IsOrdered { get; init; }

    /// <summary>The open email before it in its lane, for which it waits; null if there is none.</summary>
    /// <remarks>Read by <see cref="IOutbox.GetAsync"/> and <see cref="IOutbox.WatchAsync"/>; null in a list.</remarks>
    public Guid? WaitsFor { get; init; }

    /// <summary>Whether it is sent before or after others that are due.</summary>
    public OutboxPriority Priority { get; init; }

    /// <summary>When it was enqueued (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its next attempt is due (UTC); null if no attempt is planned.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it expires (UTC): no attempt begins after that; null if its message was removed.</summary>
    /// <remarks>
    /// <see cref="OutboxOptions.ExpireAfter"/> after the time at which it was to be sent, or after it was resent; or its own time
    /// (<see cref="OutboxEmail.ExpiresAt"/>), if that is earlier.
    /// </remarks>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was sent, dead-lettered, canceled or discarded (UTC); null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>
    /// The number of attempts since it was enqueued, or since <see cref="IOutbox.ResendAsync(Guid, CancellationToken)"/>.
    /// </summary>
    public int AttemptCount { get; init; }

    /// <summary>When the transmission started whose end is not known (UTC); null if every transmission has a known end.</summary>
    /// <remarks>
    /// This is the start of the window in which an email in state <see cref="OutboxState.Unknown"/> may have been delivered. The window
    /// ends with the last entry of <see cref="History"/> that is no report (<see cref="OutboxAttempt.Reports"/>).
    /// </remarks>
    public DateTimeOffset? TransmittingSince { get; init; }

    /// <summary>The machine and the process that started the last transmission; null if none was started.</summary>
    public string? Worker { get; init; }

    /// <summary>False if the content cannot be decrypted (missing or foreign key). Content properties are then empty.</summary>
    /// <remarks>The content properties are all those below this one, except <see cref="Size"/>. Default: true.</remarks>
    public bool IsReadable { get; init; } = true;

    /// <summary>
    /// Whether its content was erased (<see cref="IOutbox.EraseAsync"/>). Content properties are then empty. Default: false.
    /// </summary>
    public bool IsErased { get; init; }

    /// <summary>
    /// Whether its message is stored: false if it was removed after <see cref="OutboxOptions.KeepMessageFor"/>, or erased. Default: true.
    /// </summary>
    /// <remarks>An email without it cannot be sent again.</remarks>
    public bool HasMessage { get; init; } = true;

    /// <summary>The envelope sender, which receives bounces; empty for the null path.</summary>
    public string Sender { get; init; } = "";

    /// <summary>The kind of emails it belongs to (<see cref="Email.Stream"/>); null for none.</summary>
    public string? Stream { get; init; }

    /// <summary>Each envelope recipient with the last result for it, and with what came back about it since.</summary>
    public IReadOnlyList<OutboxRecipient> Recipients { get; init; } = [];

    /// <summary>The subject.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The Message-ID without angle brackets. It is the same for every attempt.</summary>
    public string MessageId { get; init; } = "";

    /// <summary>The size of the message in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The attempts, the decisions and the reports that came back, oldest first.</summary>
    /// <remarks>Read by <see cref="IOutbox.GetAsync"/> and <see cref="IOutbox.WatchAsync"/>; empty in a list.</remarks>
    public IReadOnlyList<OutboxAttempt> History { get; init; } = [];

    /// <summary>True if the state no longer changes on its own: sent, dead-lettered, canceled or discarded.</summary>
    public bool IsFinal => State is OutboxState.Sent or OutboxState.DeadLettered or OutboxState.Canceled or OutboxState.Discarded;

    /// <summary>Returns id and state; no address and no subject.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => $"{Id} {State}";
}
