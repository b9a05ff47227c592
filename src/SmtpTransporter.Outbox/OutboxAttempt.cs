namespace SmtpTransport.Outbox;

/// <summary>One attempt to send an email, a decision about it, or a report that came back.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record OutboxAttempt
{
    /// <summary>When the attempt ended, the decision was made, or the report was recorded (UTC).</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What <see cref="By"/> says of a report.</summary>
    internal const string ByFeedback = "feedback";

    /// <summary>The machine and the process that made it. Default: empty.</summary>
    public string Worker { get; init; } = "";

    /// <summary>The outcome of the attempt; null for a decision and for a report.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>The server's reply code (RFC 5321, section 4.2); 0 if the server did not reply.</summary>
    public int Status { get; init; }

    /// <summary>The server's reply, or what went wrong or was decided. Default: empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>The duration of the attempt; zero for a decision and for a report.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// Who decided (the <c>by</c> of an action); <c>feedback</c> for a report; null for an attempt, and for a decision without it.
    /// </summary>
    public string? By { get; init; }

    /// <summary>Why it was decided; null if no reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>What each layer reported, the nearest cause first. Default: empty.</summary>
    public IReadOnlyList<SmtpError> Errors { get; init; } = [];

    /// <summary>What the failure means and what to do about it; null if there was none, or the catalog does not know it.</summary>
    public RefusalExplanation? Explanation { get; init; }

    /// <summary>What the server replied for each recipient of this attempt. Default: empty, also for a decision.</summary>
    /// <remarks>Empty as well for attempts that an earlier version of the package has stored.</remarks>
    public IReadOnlyList<RecipientResult> Recipients { get; init; } = [];

    /// <summary>What came back about each recipient, in a report. Default: empty, for an attempt and a decision.</summary>
    public IReadOnlyList<RecipientReport> Reports { get; init; } = [];

    /// <summary>Returns time, outcome, status and text.</summary>
    /// <returns>One line for a log or a console.</returns>
    public override string ToString() => $"{At:u} {Outcome} {Status} {Text}";
}
