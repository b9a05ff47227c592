namespace SmtpTransport.Outbox;

/// <summary>An email in the list, as JSON.</summary>
internal sealed record OutboxLine(
    Guid Id,
    string State,
    string Priority,
    bool IsReadable,
    bool IsErased,
    string Lane,
    string Subject,
    IReadOnlyList<string> To,
    int Recipients,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? EndedAt)
{
    private const int MaxAddresses = 3;

    public static OutboxLine FromEntry(OutboxEntry entry) => new(
        entry.Id,
        entry.State.ToString(),
        entry.Priority.ToString(),
        entry.IsReadable,
        entry.IsErased,
        entry.Lane,
        entry.Subject,
        [.. entry.Recipients.Take(MaxAddresses).Select(r => r.Address)],
        entry.Recipients.Count,
        entry.AttemptCount,
        entry.CreatedAt,
        entry.DueAt,
        entry.EndedAt);
}
