namespace SmtpTransport.Outbox;

/// <summary>What a person can decide about an email, or about all that a query finds.</summary>
/// <param name="Verb">What becomes of them, for the log.</param>
/// <param name="Allowed">The states in which it makes sense.</param>
/// <param name="Default">Those of them that are meant if a query names none.</param>
/// <param name="Decide">The decision about one email, by whom and why; null if it is impossible.</param>
internal sealed record DecisionKind(
    string Verb, IReadOnlyList<OutboxState> Allowed, IReadOnlyList<OutboxState> Default,
    Func<EmailActions, EmailRow, string?, string?, Decision?> Decide)
{
    public static DecisionKind Cancel { get; } = new(
        "canceled", [OutboxState.Waiting], [OutboxState.Waiting], (_, row, by, reason) => EmailActions.Cancel(row, by, reason));

    /// <summary>A parked email may arrive twice, and others wait or were ended on purpose: a query must name them.</summary>
    public static DecisionKind Resend { get; } = new(
        "resent",
        [OutboxState.DeadLettered, OutboxState.Unknown, OutboxState.Canceled, OutboxState.Discarded, OutboxState.Waiting],
        [OutboxState.DeadLettered],
        (actions, row, by, reason) => actions.Resend(row, by, reason));

    public static DecisionKind Discard { get; } = new(
        "discarded", [OutboxState.DeadLettered, OutboxState.Unknown], [OutboxState.DeadLettered, OutboxState.Unknown],
        (_, row, by, reason) => EmailActions.Discard(row, by, reason));

    public static DecisionKind Restore { get; } = new(
        "restored", [OutboxState.Canceled, OutboxState.Discarded], [OutboxState.Canceled, OutboxState.Discarded],
        (_, row, by, reason) => EmailActions.Restore(row, by, reason));

    /// <summary>The query with the states that are meant.</summary>
    /// <exception cref="ArgumentException">The query is not valid, or names a state in which the decision makes no sense.</exception>
    public OutboxQuery Limit(OutboxQuery query)
    {
        query.ThrowIfInvalid();
        foreach (var state in query.States.Where(s => !Allowed.Contains(s)))
        {
            throw new ArgumentException(
                $"States has {state}, in which an email cannot be {Verb}; allowed: {string.Join(", ", Allowed)}.", nameof(query));
        }
        return query.States.Count == 0 ? query with { States = Default } : query;
    }
}
