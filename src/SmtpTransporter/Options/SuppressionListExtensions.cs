using System.Runtime.ExceptionServices;
using System.Security.Cryptography;

namespace SmtpTransport;

/// <summary>Writes and reads suppression lists as CSV.</summary>
public static class SuppressionListExtensions
{
    private const int Page = 1000;

    // Of one call.
    private const int Step = 10_000;

    /// <summary>
    /// Writes all entries as CSV (RFC 4180): address, stream, reason, words, by and time (RFC 3339), with a header line.
    /// </summary>
    /// <remarks>
    /// A value that a spreadsheet would take for a formula begins with an apostrophe, which <see cref="ImportAsync"/> removes. An entry
    /// whose address was erased is left out: nothing else would find it.
    /// </remarks>
    /// <param name="list">The list.</param>
    /// <param name="writer">Where they are written.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="CryptographicException">
    /// An entry cannot be decrypted (<see cref="Suppression.IsReadable"/>): what is written is not the whole list.
    /// </exception>
    public static async Task<int> ExportAsync(
        this ISuppressionList list, TextWriter writer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(writer);
        await writer.WriteLineAsync(SuppressionCsv.Header.AsMemory(), cancellationToken).ConfigureAwait(false);
        var count = 0;
        string? page = null;
        do
        {
            (var entries, page) = await list.ListAsync(Page, page, cancellationToken).ConfigureAwait(false);
            if (entries.FirstOrDefault(e => !e.IsReadable) is { } lost)
            {
                throw new CryptographicException(
                    $"The entry {lost} of {lost.At:u} cannot be decrypted here (missing or foreign key), so the export would not be the "
                    + "whole list. Call ExportAsync in the application that has the keys of data protection, or give this one the keys.");
            }
            foreach (var entry in entries.Where(e => e.Address.Length > 0))
            {
                await writer.WriteLineAsync(SuppressionCsv.Write(entry).AsMemory(), cancellationToken).ConfigureAwait(false);
                count++;
            }
        }
        while (page is not null);
        return count;
    }

    /// <summary>Adds entries from CSV, some at a time, as <see cref="ISuppressionList.AddManyAsync"/> does.</summary>
    /// <remarks>
    /// The header line names the columns, in any order: <c>address</c> must be there; <c>stream</c>, <c>reason</c> (by default
    /// <see cref="SuppressionReason.Manual"/>), <c>words</c>, <c>by</c> and <c>at</c> may be. Other columns are ignored. The same file
    /// may be read again.
    /// </remarks>
    /// <param name="list">The list.</param>
    /// <param name="reader">The CSV.</param>
    /// <param name="by">Who imports it: an entry without a name gets this one.</param>
    /// <param name="cancellationToken">Cancels the call; what was read before is added.</param>
    /// <returns>How many entries were new.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="list"/> or <paramref name="reader"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="by"/> is blank.</exception>
    /// <exception cref="FormatException">A line is not valid; the message names it. What stands before it may be added.</exception>
    /// <exception cref="TimeoutException">
    /// As with <see cref="ISuppressionList.AddAsync"/>. It comes at the end: what follows is added before.
    /// </exception>
    public static async Task<int> ImportAsync(
        this ISuppressionList list, TextReader reader, string by, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        var (added, some, failure) = (0, new List<Suppression>(), (TimeoutException?)null);
        await foreach (var entry in SuppressionCsv.ReadAsync(async: true, reader, cancellationToken).ConfigureAwait(false))
        {
            some.Add(entry.By is null ? entry with { By = by } : entry);
            if (some.Count < Step)
                continue;
            await AddAsync().ConfigureAwait(false);
        }
        if (some.Count > 0)
            await AddAsync().ConfigureAwait(false);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return added;

        async Task AddAsync()
        {
            try
            {
                added += await list.AddManyAsync(some, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException exception)
            {
                // One of no further kind says the least: perhaps nothing of it is stored.
                if (failure is null || exception.GetType() == typeof(TimeoutException))
                    failure = exception;
            }
            some.Clear();
        }
    }
}
