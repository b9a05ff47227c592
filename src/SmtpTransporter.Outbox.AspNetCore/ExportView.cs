namespace SmtpTransport.Outbox;

/// <summary>An exported email, as JSON.</summary>
internal sealed record ExportView(
    Guid Id,
    string State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? EndedAt,
    int Attempts,
    string Transporter,
    string Lane,
    string Priority,
    string? Key,
    bool IsReadable,
    bool IsErased,
    string Sender,
    IReadOnlyList<RecipientView> Recipients,
    string Subject,
    string MessageId,
    long Size,
    IReadOnlyList<AttemptView> History)
{
    public static ExportView FromEntry(OutboxEntry entry) => new(
        entry.Id,
        entry.State.ToString(),
        entry.CreatedAt,
        entry.DueAt,
        entry.EndedAt,
        entry.AttemptCount,
        entry.TransporterName,
        entry.Lane,
        entry.Priority.ToString(),
        entry.IdempotencyKey,
        entry.IsReadable,
        entry.IsErased,
        entry.Sender,
        [.. entry.Recipients.Select(RecipientView.FromResult)],
        entry.Subject,
        entry.MessageId,
        entry.Size,
        [.. entry.History.Select(a => AttemptView.FromAttempt(a))]);
}
