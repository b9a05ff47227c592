using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>An email of an outbox as a record of CSV, with the last reply.</summary>
internal static class EntryRecord
{
    public static readonly IReadOnlyList<string> Columns =
    [
        "id", "state", "createdAt", "dueAt", "endedAt", "attempts", "transporter", "lane", "priority", "key", "sender", "recipients",
        "subject", "messageId", "size", "lastStatus", "lastText",
    ];

    /// <summary>The fields, one for each column; empty for what an email does not have.</summary>
    public static IReadOnlyList<string> Fields(OutboxEntry entry)
    {
        var last = entry.History.LastOrDefault(a => a.Outcome is not null);
        return
        [
            entry.Id.ToString(), entry.State.ToString(), Time(entry.CreatedAt), Time(entry.DueAt), Time(entry.EndedAt),
            Number(entry.AttemptCount), entry.TransporterName, entry.Lane, entry.Priority.ToString(), entry.IdempotencyKey ?? "",
            entry.Sender, string.Join(' ', entry.Recipients.Select(r => r.Address)), entry.Subject, entry.MessageId, Number(entry.Size),
            last is null ? "" : Number(last.Status), last?.Text ?? "",
        ];
    }

    private static string Time(DateTimeOffset? time) => time?.ToString("O", CultureInfo.InvariantCulture) ?? "";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
