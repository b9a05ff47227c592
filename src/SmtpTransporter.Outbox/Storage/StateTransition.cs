namespace SmtpTransport.Outbox;

/// <summary>The new state of an email, with the columns that change with it. The database's clock gives all times.</summary>
internal sealed record StateTransition(OutboxState State)
{
    /// <summary>When it is due, from now; null if no attempt is planned.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Whether the time at which it was due stays as it is, for an end that can be undone.</summary>
    public bool KeepsTime { get; init; }

    /// <summary>The number of attempts; null: unchanged.</summary>
    public int? Attempts { get; init; }

    /// <summary>When the application may be asked to decide, from now; null: it is not asked.</summary>
    public TimeSpan? AskDelay { get; init; }

    /// <summary>When the attempts end; null: unchanged.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null: unchanged. A transition without it can change an email that cannot be decrypted.</summary>
    public StoredEnvelope? Envelope { get; init; }
}
