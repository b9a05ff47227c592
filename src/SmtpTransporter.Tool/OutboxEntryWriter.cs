using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>Writes entries of an outbox for programs: one JSON object a line, or CSV. One caller at a time.</summary>
internal sealed class OutboxEntryWriter : IDisposable
{
    private readonly TextWriter _output;
    private readonly CsvWriter? _csv;

    public OutboxEntryWriter(TextWriter output, bool isCsv)
    {
        _output = output;
        if (!isCsv)
            return;
        // A spreadsheet would take a subject such as =1+1 for a formula.
        var format = new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape };
        _csv = new CsvWriter(output, format, leaveOpen: true);
        WriteRecord(EntryRecord.Columns);
    }

    public void Write(OutboxEntry entry)
    {
        if (_csv is null)
            _output.WriteLine(JsonSerializer.Serialize(View(entry), Json.Line));
        else
            WriteRecord(EntryRecord.Fields(entry));
    }

    public void Dispose() => _csv?.Dispose();

    private void WriteRecord(IEnumerable<string> fields)
    {
        foreach (var field in fields)
            _csv!.WriteField(field);
        _csv!.NextRecord();
    }

    private static object View(OutboxEntry entry) => new
    {
        entry.Id,
        entry.State,
        entry.CreatedAt,
        entry.DueAt,
        entry.EndedAt,
        Attempts = entry.AttemptCount,
        Transporter = entry.TransporterName,
        entry.Lane,
        entry.Priority,
        Key = entry.IdempotencyKey,
        entry.IsReadable,
        entry.IsErased,
        entry.HasMessage,
        entry.Sender,
        Recipients = entry.Recipients.Select(r => new { r.Address, r.State, r.Status, r.StatusText, Report = Report(r.Report) }),
        entry.Subject,
        entry.MessageId,
        entry.Size,
        // A list is read without the histories.
        History = entry.History.Count == 0 ? null : entry.History.Select(a => new
        {
            a.At,
            a.Worker,
            a.Outcome,
            a.Status,
            a.Text,
            a.By,
            a.Reason,
            ElapsedMilliseconds = a.Elapsed.TotalMilliseconds,
            Errors = a.Errors.Select(Json.Error),
            Explanation = Json.Explanation(a.Explanation),
            Recipients = a.Recipients.Select(Recipient),
            Reports = a.Reports.Select(Report),
        }),
    };

    private static object? Report(RecipientReport? report) => report is null ? null : new
    {
        report.Address,
        report.OriginalAddress,
        report.Kind,
        report.At,
        report.Category,
        report.Confidence,
        EnhancedStatus = report.EnhancedStatus?.ToString(),
        report.Status,
        report.Text,
        report.RemoteServer,
        report.IsSigned,
        Explanation = Json.Explanation(report.Explanation),
    };

    private static object Recipient(RecipientResult result) => new { result.Address, result.State, result.Status, result.StatusText };
}
