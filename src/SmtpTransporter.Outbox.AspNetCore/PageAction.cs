namespace SmtpTransport.Outbox;

/// <summary>What the page does with one email, or with all that a query finds.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Allowed">The states in which it makes sense.</param>
/// <param name="Default">Those of them that are meant if a query names none.</param>
/// <param name="Result">The state that it leads to, and that can be undone; null if it cannot be undone.</param>
/// <param name="RunAsync">Carries it out, for whom and why.</param>
internal sealed record PageAction(
    string Name, OutboxState[] Allowed, OutboxState[] Default, OutboxState? Result,
    Func<IOutbox, OutboxQuery, string, string?, Task<int>> RunAsync)
{
    // A decision that has started is carried out, even if the page is closed.
    public static IReadOnlyList<PageAction> All { get; } =
    [
        new(
            "resend",
            [OutboxState.DeadLettered, OutboxState.Unknown, OutboxState.Canceled, OutboxState.Discarded, OutboxState.Waiting],
            [OutboxState.DeadLettered], null,
            (outbox, query, by, reason) => outbox.ResendAsync(query, by, reason, CancellationToken.None)),
        new(
            "discard", [OutboxState.DeadLettered, OutboxState.Unknown], [OutboxState.DeadLettered, OutboxState.Unknown],
            OutboxState.Discarded, (outbox, query, by, reason) => outbox.DiscardAsync(query, by, reason, CancellationToken.None)),
        new(
            "cancel", [OutboxState.Waiting], [OutboxState.Waiting], OutboxState.Canceled,
            (outbox, query, by, reason) => outbox.CancelAsync(query, by, reason, CancellationToken.None)),
        new(
            "restore", [OutboxState.Canceled, OutboxState.Discarded], [OutboxState.Canceled, OutboxState.Discarded], null,
            (outbox, query, by, reason) => outbox.RestoreAsync(query, by, reason, CancellationToken.None)),
    ];

    /// <summary>The query with the states that are meant.</summary>
    /// <param name="query">The query.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>Null if it names a state in which the action makes no sense.</returns>
    public OutboxQuery? TryLimit(OutboxQuery query, out string problem)
    {
        problem = "";
        if (query.States.Count == 0)
            return query with { States = Default };
        if (query.States.All(Allowed.Contains))
            return query;
        problem = $"The state {query.States.First(s => !Allowed.Contains(s))} does not allow this action; "
            + $"allowed: {string.Join(", ", Allowed)}.";
        return null;
    }
}
