namespace SmtpTransport.Outbox;

/// <summary>The number of emails in the outbox, by state.</summary>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record OutboxCounts
{
    /// <summary>The number of emails in each state that has any. Default: empty.</summary>
    public IReadOnlyDictionary<OutboxState, long> ByState { get; init; } = new Dictionary<OutboxState, long>();

    /// <summary>The number of waiting emails that are due.</summary>
    public long Due { get; init; }

    /// <summary>How long the oldest due email has been waiting; zero if none is due.</summary>
    public TimeSpan OldestDue { get; init; }

    /// <summary>How long the oldest email has been due that a worker holds.</summary>
    internal TimeSpan OldestHeld { get; init; }

    /// <summary>The number of emails in a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The number; 0 if no email is in this state.</returns>
    public long this[OutboxState state] => ByState.GetValueOrDefault(state);
}
