using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace SmtpTransport;

/// <summary>The suppression list as CSV (RFC 4180).</summary>
internal static class SuppressionCsv
{
    public const string Header = "address,stream,reason,words,by,at";

    // More than all that an entry can have, in characters.
    private const int MaxRecord = 64 * 1024;

    /// <summary>One line, without its end.</summary>
    public static string Write(Suppression entry) => string.Join(',', new[]
    {
        entry.Address, entry.Stream, entry.Reason.ToString(), entry.Words, entry.By,
        entry.At?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
    }.Select(CsvField.Write));

    /// <summary>Reads entries; the first line names the columns.</summary>
    /// <exception cref="FormatException">A line is not valid; the message names it.</exception>
    public static async IAsyncEnumerable<Suppression> ReadAsync(
        bool async, TextReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Dictionary<string, int>? columns = null;
        var number = 0;
        while (true)
        {
            var (fields, last) = await ReadRecordAsync(async, reader, number, cancellationToken).ConfigureAwait(false);
            if (fields is null)
                yield break;
            var first = number + 1;
            number = last;
            if (fields is [""])
                continue;
            if (columns is not null)
                yield return Create(columns, fields, first);
            else
                columns = ReadHeader(fields, first);
        }
    }

    private static Dictionary<string, int> ReadHeader(List<string> names, int line)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < names.Count; i++)
            columns.TryAdd(names[i].Trim().TrimStart('\uFEFF'), i);
        return columns.ContainsKey("address")
            ? columns
            : throw new FormatException($"Line {line} names no column \"address\"; it must be the header, for example: {Header}.");
    }

    private static Suppression Create(Dictionary<string, int> columns, List<string> fields, int line)
    {
        var reason = SuppressionReason.Manual;
        if (Field("reason")?.Trim() is { Length: > 0 } name
            && (!Enum.TryParse(name, ignoreCase: true, out reason) || !Enum.IsDefined(reason)))
            throw new FormatException(
                $"Line {line}: reason is \"{name}\"; allowed: {string.Join(", ", Enum.GetNames<SuppressionReason>())}.");
        DateTimeOffset? at = null;
        if (Field("at")?.Trim() is { Length: > 0 } text)
        {
            at = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time.ToUniversalTime()
                : throw new FormatException($"Line {line}: at is \"{text}\"; allowed: a time such as 2026-01-31T12:00:00Z.");
        }
        // A stream is compared as it is, with its blanks.
        var entry = new Suppression(Field("address")?.Trim() ?? "", reason)
        {
            Stream = Field("stream"),
            Words = Field("words"),
            By = Field("by"),
            At = at,
        };
        return entry.FindError() is { } error ? throw new FormatException($"Line {line}: {error}") : entry;

        string? Field(string column) =>
            columns.TryGetValue(column, out var i) && i < fields.Count && fields[i] is { Length: > 0 } value ? CsvField.Read(value) : null;
    }

    /// <summary>Reads the fields of a record, which may have several lines.</summary>
    /// <returns>The fields, null at the end; and the number of the last line that was read.</returns>
    private static async ValueTask<(List<string>? Fields, int Line)> ReadRecordAsync(
        bool async, TextReader reader, int line, CancellationToken cancellationToken)
    {
        var (fields, field, isQuoted) = (new List<string>(), new StringBuilder(), false);
        var first = line + 1;
        do
        {
            var text = async ? await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) : reader.ReadLine();
            if (text is null)
            {
                return isQuoted
                    ? throw new FormatException($"Line {first} has a quotation mark (\") that no other one closes.")
                    : (null, line);
            }
            line++;
            if (isQuoted)
                field.Append('\n');
            if (field.Length + text.Length > MaxRecord)
                throw new FormatException($"Line {first} has more than {MaxRecord} characters.");
            isQuoted = Split(text, fields, field, isQuoted);
        }
        while (isQuoted);
        fields.Add(field.ToString());
        return (fields, line);
    }

    /// <returns>Whether the line ends within quotation marks.</returns>
    private static bool Split(string text, List<string> fields, StringBuilder field, bool isQuoted)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"')
                field.Append(text[i++]);
            else if (character == '"' && (isQuoted || field.Length == 0))
                isQuoted = !isQuoted;
            else if (character == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(character);
        }
        return isQuoted;
    }
}
