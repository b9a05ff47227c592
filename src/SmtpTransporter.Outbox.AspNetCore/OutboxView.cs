namespace SmtpTransport.Outbox;

/// <summary>An email with its recipients and attempts, as JSON.</summary>
internal sealed record OutboxView(
    OutboxLine Line,
    string Sender,
    string MessageId,
    string? Key,
    string Transporter,
    bool IsOrdered,
    Guid? WaitsFor,
    long Size,
    string? Worker,
    DateTimeOffset? TransmittingSince,
    bool IsOverdue,
    bool HasMessage,
    bool MayRead,
    IReadOnlyList<RecipientView> Recipients,
    IReadOnlyList<AttemptView> History)
{
    private const int MaxRecipients = 1000;
    private const int MaxRecipientsOfAttempt = 100;

    public static OutboxView FromEntry(OutboxEntry entry, DateTimeOffset now, bool mayRead) => new(
        OutboxLine.FromEntry(entry),
        entry.Sender,
        entry.MessageId,
        entry.IdempotencyKey,
        entry.TransporterName,
        entry.IsOrdered,
        entry.WaitsFor,
        entry.Size,
        entry.Worker,
        entry.TransmittingSince,
        entry.State == OutboxState.Waiting && entry.DueAt < now,
        entry.HasMessage,
        mayRead,
        [.. entry.Recipients.Take(MaxRecipients).Select(RecipientView.FromResult)],
        [.. entry.History.Select(a => AttemptView.FromAttempt(a, MaxRecipientsOfAttempt))]);
}
