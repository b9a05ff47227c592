namespace SmtpTransport.Outbox;

/// <summary>A mail in the list.</summary>
internal sealed record OutboxLine(
    Guid Id, string State, string Priority, bool IsReadable, string Subject, IReadOnlyList<string> To, int Recipients, int Tries, DateTimeOffset CreatedAt, DateTimeOffset? DueAt, DateTimeOffset? EndedAt)
{
    private const int Shown = 3;

    public static OutboxLine Of(OutboxEntry entry) => new(
        entry.Id, entry.State.ToString(), entry.Priority.ToString(), entry.IsReadable, entry.Subject, [.. entry.Recipients.Take(Shown).Select(r => r.Address)], entry.Recipients.Count, entry.AttemptCount,
        entry.CreatedAt, entry.DueAt, entry.EndedAt);
}
