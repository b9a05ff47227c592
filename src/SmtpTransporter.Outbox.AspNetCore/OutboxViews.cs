using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

/// <summary>The head of the page.</summary>
internal sealed record CountsView(bool IsPaused, long Due, double OldestDueSeconds, IReadOnlyDictionary<string, long> States);

/// <summary>A mail in the list.</summary>
internal sealed record OutboxLine(
    Guid Id, string State, string Priority, bool IsReadable, string Subject, IReadOnlyList<string> To, int Recipients, int Tries, DateTimeOffset CreatedAt, DateTimeOffset? DueAt, DateTimeOffset? EndedAt)
{
    private const int Shown = 3;

    public static OutboxLine Of(OutboxEntry entry) => new(
        entry.Id, entry.State.ToString(), entry.Priority.ToString(), entry.IsReadable, entry.Subject, [.. entry.Recipients.Take(Shown).Select(r => r.Address)], entry.Recipients.Count, entry.Tries,
        entry.CreatedAt, entry.DueAt, entry.EndedAt);
}

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

internal sealed record RecipientView(string Address, string State, int Status, string Text);

internal sealed record TryView(DateTimeOffset At, string Worker, string? Outcome, int Status, string Text, double Milliseconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CountsView))]
[JsonSerializable(typeof(IReadOnlyList<OutboxLine>))]
[JsonSerializable(typeof(OutboxView))]
internal sealed partial class OutboxJson : JsonSerializerContext;
