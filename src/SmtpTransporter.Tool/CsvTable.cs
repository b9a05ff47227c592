using System.Text;

namespace SmtpTransport.Tool;

/// <summary>A CSV file with a header line. It can be read several times, and can be of any length. One caller at a time.</summary>
internal sealed class CsvTable : IDisposable
{
    private const string Remedy = "Save the file as UTF-8, or give its encoding, such as --csv-encoding windows-1252.";
    private const string OtherEncoding = "Is it in another encoding?";
    private const string DelimiterLine = "sep=";

    private static readonly string[] Delimiters = [",", ";", "\t", "|"];

    private readonly string? _encodingName;
    private readonly Encoding _encoding;
    private readonly Stream _content;

    private CsvTable(string name, string? encoding, Stream content)
    {
        Name = name;
        _encodingName = encoding;
        _encoding = TextFiles.GetEncoding(encoding);
        _content = content;
        if (encoding is not null && _encoding.IsSingleByte && TextFiles.IsUtf8(_content))
        {
            throw new UsageException(
                $"{name}: the file is UTF-8, and would have wrong characters in {encoding}. Leave --csv-encoding out.");
        }
        (_, Columns) = Begin(out var reader);
        reader.Dispose();
    }

    /// <summary>What the file is called in errors.</summary>
    public string Name { get; }

    /// <summary>The names in the header line; those that are empty too.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <param name="path">The path; <c>-</c> for the standard input.</param>
    /// <param name="encoding">Its encoding; null for UTF-8, or what a byte order mark says.</param>
    /// <param name="openInput">Opens the standard input.</param>
    /// <exception cref="UsageException">The file cannot be read, or its header line cannot be used.</exception>
    public static CsvTable Open(string path, string? encoding, Func<Stream> openInput)
    {
        _ = TextFiles.GetEncoding(encoding);
        var content = path == TextFiles.StandardInput ? TextFiles.Hold(openInput()) : TextFiles.Open(path);
        try
        {
            return new CsvTable(path == TextFiles.StandardInput ? "The standard input" : path, encoding, content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>Reads one line after the other, also those that are wrong.</summary>
    public IEnumerable<CsvLine> ReadLines()
    {
        var (records, columns) = Begin(out var reader);
        using (reader)
        {
            while (records.Read() is var (line, fields, problem))
                yield return problem is null ? CreateLine(line, fields, columns, records.Delimiter) : CsvLine.Bad(line, problem);
        }
    }

    public void Dispose() => _content.Dispose();

    /// <summary>Reads the header line.</summary>
    private (CsvRecords Records, string[] Columns) Begin(out StreamReader reader)
    {
        _content.Position = 0;
        reader = new StreamReader(_content, _encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var records = new CsvRecords(new LineReader(reader), _encoding, _encodingName is null ? Remedy : OtherEncoding);
        SetDelimiter(records);
        if (records.Read() is not var (line, columns, problem))
            throw new UsageException($"{Name}: the file has no header line. Its first line must name the columns, such as \"email,name\".");
        if (problem is not null)
            throw new UsageException($"{Name}: line {line.Number} {problem}");
        records.ColumnCount = columns.Length;
        var twice = columns.Where(c => c.Length > 0).GroupBy(c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? (records, columns)
            : throw new UsageException($"{Name}: the column \"{twice.Key}\" is in the header line twice. Rename one of them.");
    }

    // The one that the header line has most often outside of quotes, unless the file says it as Excel does.
    private static void SetDelimiter(CsvRecords records)
    {
        if (records.Peek() is not { Text: var text })
            return;
        if (text.Length == DelimiterLine.Length + 1 && text.StartsWith(DelimiterLine, StringComparison.OrdinalIgnoreCase))
        {
            records.Delimiter = text[^1..];
            records.Skip();
            return;
        }
        var outside = string.Concat(text.Split('"').Where((_, i) => i % 2 == 0));
        records.Delimiter = Delimiters.MaxBy(d => outside.AsSpan().Count(d))!;
    }

    private static CsvLine CreateLine(TextLine line, string[] fields, string[] columns, string delimiter)
    {
        if (fields.Length < columns.Length)
        {
            return CsvLine.Bad(
                line, $"has {fields.Length} fields instead of {columns.Length}. Is it cut off, or is \"{delimiter}\" missing?");
        }
        if (fields.Skip(columns.Length).Any(f => f.Length > 0))
        {
            return CsvLine.Bad(
                line, $"has {fields.Length} fields instead of {columns.Length}. A field with \"{delimiter}\" must be in quotes.");
        }
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i].Length > 0)
                named[columns[i]] = fields[i];
        }
        return new CsvLine(line.Number, line.Text, named, null);
    }
}
