using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace SmtpTransport.Outbox;

/// <summary>Writes emails for other programs, one after the other, however many there are.</summary>
internal static class EmailExport
{
    private const int BufferSize = 32 * 1024;

    private static readonly string[] Columns =
    [
        "id", "state", "createdAt", "dueAt", "endedAt", "attempts", "transporter", "lane", "priority", "key", "sender", "recipients",
        "subject", "messageId", "size", "lastStatus", "lastText",
    ];

    /// <summary>Writes an array with all that is known of each email but its content.</summary>
    public static Task WriteJsonAsync(Stream target, IAsyncEnumerable<OutboxEntry> entries, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeAsync(
            target, ViewsAsync(entries, cancellationToken), OutboxJson.Default.IAsyncEnumerableExportView, cancellationToken);

    /// <summary>Writes a line for each email, with the last reply (RFC 4180).</summary>
    public static async Task WriteCsvAsync(
        Stream target, IAsyncEnumerable<OutboxEntry> entries, CancellationToken cancellationToken)
    {
        // A spreadsheet would take a subject such as =1+1 for a formula.
        var format = new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape };
        var writer = new StreamWriter(target, new UTF8Encoding(false), BufferSize, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            var csv = new CsvWriter(writer, format, leaveOpen: true);
            await using (csv.ConfigureAwait(false))
            {
                await WriteAsync(csv, Columns).ConfigureAwait(false);
                await foreach (var entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
                    await WriteAsync(csv, Fields(entry)).ConfigureAwait(false);
            }
        }
    }

    private static async Task WriteAsync(CsvWriter csv, string[] fields)
    {
        foreach (var field in fields)
            csv.WriteField(field);
        await csv.NextRecordAsync().ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<ExportView> ViewsAsync(
        IAsyncEnumerable<OutboxEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return ExportView.FromEntry(entry);
    }

    private static string[] Fields(OutboxEntry entry)
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
