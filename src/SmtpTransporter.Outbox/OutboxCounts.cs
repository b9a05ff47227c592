namespace SmtpTransport.Outbox;

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
