namespace SmtpTransport.Outbox;

/// <summary>One try to send a mail, or a decision about it.</summary>
public sealed record OutboxAttempt
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
