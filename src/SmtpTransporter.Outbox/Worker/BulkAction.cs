namespace SmtpTransport.Outbox;

/// <summary>An action on all emails that a query finds.</summary>
/// <param name="Verb">What becomes of them, for the log.</param>
/// <param name="Allowed">The states in which it makes sense.</param>
/// <param name="Default">Those of them that are meant if the query names none.</param>
internal sealed record BulkAction(string Verb, IReadOnlyList<OutboxState> Allowed, IReadOnlyList<OutboxState> Default)
{
    public static BulkAction Cancel { get; } = new("canceled", [OutboxState.Waiting], [OutboxState.Waiting]);

    /// <summary>A parked email may arrive twice, and others wait or were ended on purpose: they must be named.</summary>
    public static BulkAction Resend { get; } = new(
        "resent",
        [OutboxState.DeadLettered, OutboxState.Unknown, OutboxState.Canceled, OutboxState.Discarded, OutboxState.Waiting],
        [OutboxState.DeadLettered]);

    public static BulkAction Discard { get; } = new(
        "discarded", [OutboxState.DeadLettered, OutboxState.Unknown], [OutboxState.DeadLettered, OutboxState.Unknown]);

    public static BulkAction Restore { get; } = new(
        "restored", [OutboxState.Canceled, OutboxState.Discarded], [OutboxState.Canceled, OutboxState.Discarded]);

    /// <summary>The query with the states that are meant.</summary>
    /// <exception cref="ArgumentException">The query is not valid, or names a state in which the action makes no sense.</exception>
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
