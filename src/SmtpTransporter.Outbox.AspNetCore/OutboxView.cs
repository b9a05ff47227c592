namespace SmtpTransport.Outbox;

/// <summary>A mail with its recipients and tries.</summary>
internal sealed record OutboxView(
    OutboxLine Line, string Sender, string MessageId, string? Key, string Transporter, long Size, string? Worker, DateTimeOffset? TransmittingSince, bool IsOverdue,
    IReadOnlyList<RecipientView> Recipients, IReadOnlyList<TryView> History)
{
    private const int Most = 1000;

    public static OutboxView Of(OutboxEntry entry, DateTimeOffset now) => new(
        OutboxLine.Of(entry), entry.Sender, entry.MessageId, entry.IdempotencyKey, entry.TransporterName, entry.Size, entry.Worker, entry.TransmittingSince,
        entry.State == OutboxState.Waiting && entry.DueAt < now,
        [.. entry.Recipients.Take(Most).Select(r => new RecipientView(r.Address, r.State.ToString(), r.Status, r.StatusText))],
        [.. entry.History.Select(t => new TryView(t.At, t.Worker, t.Outcome?.ToString(), t.Status, t.Text, t.Elapsed.TotalMilliseconds))]);
}
