using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>Writes emails for other programs, one after the other, however many there are.</summary>
internal static class EmailExport
{
    private const int BufferSize = 32 * 1024;

    /// <summary>Writes an array with all that is known of each email but its content.</summary>
    public static Task WriteJsonAsync(Stream target, IAsyncEnumerable<OutboxEntry> entries, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeAsync(
            target, ViewsAsync(entries, cancellationToken), OutboxJson.Default.IAsyncEnumerableExportView, cancellationToken);

    /// <summary>Writes a line for each email, with the last reply (RFC 4180).</summary>
    public static async Task WriteCsvAsync(
        Stream target, IAsyncEnumerable<OutboxEntry> entries, CancellationToken cancellationToken)
    {
        var all = entries.GetAsyncEnumerator(cancellationToken);
        await using (all.ConfigureAwait(false))
        {
            // Before anything is written: a query that cannot be answered can still be refused.
            var hasEntry = await all.MoveNextAsync().ConfigureAwait(false);
            var writer = new StreamWriter(target, new UTF8Encoding(false), BufferSize, leaveOpen: true);
            await using (writer.ConfigureAwait(false))
            {
                await WriteAsync(writer, EntryRecord.Columns).ConfigureAwait(false);
                for (; hasEntry; hasEntry = await all.MoveNextAsync().ConfigureAwait(false))
                    await WriteAsync(writer, EntryRecord.Fields(all.Current)).ConfigureAwait(false);
            }
        }

        Task WriteAsync(StreamWriter writer, IEnumerable<string> fields) =>
            writer.WriteAsync($"{string.Join(',', fields.Select(CsvField.Write))}\r\n".AsMemory(), cancellationToken);
    }

    private static async IAsyncEnumerable<ExportView> ViewsAsync(
        IAsyncEnumerable<OutboxEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return ExportView.FromEntry(entry);
    }
}
