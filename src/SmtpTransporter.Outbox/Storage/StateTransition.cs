namespace SmtpTransport.Outbox;

/// <summary>What a mail becomes. What is not said stays as it was.</summary>
internal sealed record StateTransition(OutboxState State)
{
    public const string Assignments =
        """
        state = @state, turn = @next, placed_at = NULL, tries = @tries, due_at = @due, ended_at = @ended, transmitting_at = @transmitting,
        ask_at = @ask, expires_at = @expires, envelope = COALESCE(@envelope, envelope)
        """;

    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How often it was tried; null: as before.</summary>
    public int? Tries { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The beginning of the window; kept while it is not known how it ended.</summary>
    public DateTimeOffset? TransmittingAt { get; init; }

    /// <summary>From when on the application is asked what is to become of it.</summary>
    public DateTimeOffset? AskAt { get; init; }

    /// <summary>When it is given up; null: as before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: as before. Who does not need it can change a mail that cannot be decrypted.</summary>
    public StoredEnvelope? Envelope { get; init; }

    // What is in the row must be as its octets are: encrypted or not. A mail that waits now is given its place by the feeder.
    public (string, object?)[] Parameters(PayloadProtector protection, EmailRow row) =>
    [
        ("state", (int)State), ("next", TurnAfter(row)), ("tries", Tries ?? row.Tries),
        ("due", Time(DueAt)), ("ended", Time(EndedAt)), ("transmitting", Time(TransmittingAt)), ("ask", Time(AskAt)), ("expires", UnixTime.Write(ExpiresAt ?? row.ExpiresAt)),
        ("envelope", Envelope is null ? null : protection.Write(Envelope.ToJson(), row.IsProtected)),
    ];

    /// <summary>A parked mail keeps its turn: the run that is believed dead may yet say what came of it.</summary>
    private int TurnAfter(EmailRow row) => State == OutboxState.Unknown ? row.Turn : row.Turn + 1;

    private static long? Time(DateTimeOffset? time) => time is { } known ? UnixTime.Write(known) : null;
}
