namespace SmtpTransport.Outbox;

/// <summary>The new state of an email, with the columns that change with it.</summary>
internal sealed record StateTransition(OutboxState State)
{
    public const string Assignments =
        """
        state = @state, generation = @next, scheduled_at = NULL, attempts = @attempts, due_at = @due, ended_at = @ended,
        transmitting_at = @transmitting, ask_at = @ask, expires_at = @expires, envelope = COALESCE(@envelope, envelope)
        """;

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The number of attempts; null: unchanged.</summary>
    public int? Attempts { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The start of the transmission whose end is not known.</summary>
    public DateTimeOffset? TransmittingAt { get; init; }

    /// <summary>When the application may be asked to decide.</summary>
    public DateTimeOffset? AskAt { get; init; }

    /// <summary>When the attempts end; null: unchanged.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: unchanged. A transition without it can change an email that cannot be decrypted.</summary>
    public StoredEnvelope? Envelope { get; init; }

    /// <summary>The values of <see cref="Assignments"/>. The dispatcher schedules an email that waits now.</summary>
    public (string, object?)[] Parameters(PayloadProtector protector, EmailRow row) =>
    [
        ("state", (int)State), ("next", GenerationAfter(row)), ("attempts", Attempts ?? row.Attempts),
        ("due", Time(DueAt)), ("ended", Time(EndedAt)), ("transmitting", Time(TransmittingAt)), ("ask", Time(AskAt)),
        ("expires", UnixTime.Write(ExpiresAt ?? row.ExpiresAt)),
        // Encrypted if the message in the same row is.
        ("envelope", Envelope is null ? null : protector.Write(Envelope.ToJson(), row.IsProtected)),
    ];

    /// <summary>A parked email keeps its generation: the run that appears to be dead may still record its outcome.</summary>
    private int GenerationAfter(EmailRow row) => State == OutboxState.Unknown ? row.Generation : row.Generation + 1;

    private static long? Time(DateTimeOffset? time) => time is { } known ? UnixTime.Write(known) : null;
}
