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

    /// <summary>How often it was tried.</summary>
    public int Tries { get; init; }

    /// <summary>
    /// Since when its message may have been on its way (UTC), where that is not known to have ended: the beginning of the window in which an
    /// <see cref="OutboxState.Unknown"/> mail may have been delivered. Its end is the last of <see cref="History"/>.
    /// </summary>
    public DateTimeOffset? TransmittingSince { get; init; }

    /// <summary>The machine and process that began to transmit it last; null where none did.</summary>
    public string? Worker { get; init; }

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
    public IReadOnlyList<OutboxTry> History { get; init; } = [];

    /// <summary>True where nothing will happen to it any more by itself: sent, dead, cancelled or dropped.</summary>
    public bool IsFinal => State is OutboxState.Sent or OutboxState.Dead or OutboxState.Cancelled or OutboxState.Dropped;

    /// <summary>Id and state. No address, no subject.</summary>
    public override string ToString() => $"{Id} {State}";
}

/// <summary>One try to send a mail, or a decision about it.</summary>
public sealed record OutboxTry
{
    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The machine and process.</summary>
    public string Worker { get; init; } = "";

    /// <summary>What came of it; null for a decision.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>The server's reply code; 0 where there was none.</summary>
    public int Status { get; init; }

    /// <summary>The server's words, or what happened.</summary>
    public string Text { get; init; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Outcome, status and text.</summary>
    public override string ToString() => $"{At:u} {Outcome} {Status} {Text}";
}

/// <summary>How many mails there are, by state.</summary>
public sealed record OutboxCounts
{
    /// <summary>The number of mails in each state that has any.</summary>
    public IReadOnlyDictionary<OutboxState, long> ByState { get; init; } = new Dictionary<OutboxState, long>();

    /// <summary>How many are due now and wait.</summary>
    public long Due { get; init; }

    /// <summary>How long the oldest due mail has been waiting; zero where none does.</summary>
    public TimeSpan OldestDue { get; init; }

    /// <summary>The number of mails in a state.</summary>
    /// <param name="state">The state.</param>
    public long this[OutboxState state] => ByState.GetValueOrDefault(state);
}

/// <summary>A mail to be enqueued, with what is to be known of it.</summary>
/// <param name="Mail">The mail. It is written down at once, and not changed.</param>
public sealed record OutboxMail(Email Mail)
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
