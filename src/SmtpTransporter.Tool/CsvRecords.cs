using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace SmtpTransport.Tool;

/// <summary>
/// Reads the records of a CSV file (RFC 4180). After one that is wrong it goes on with the next line, so that each wrong line is found, and
/// a quote that is not closed takes no other line with it. One caller at a time.
/// </summary>
internal sealed class CsvRecords(LineReader lines, Encoding encoding, string remedy)
{
    /// <summary>The lines that a record may have.</summary>
    public const int MaxLines = 1_000;

    private const string Invalid =
        "is not valid CSV. A field with a quote must be in quotes, and each quote in it must be doubled.";

    // Read ahead, to be read again.
    private readonly Stack<TextLine> _ahead = new();
    private CsvConfiguration _format = FormatFor(",");

    /// <summary>The number of columns; 0 while it is not known.</summary>
    public int ColumnCount { get; set; }

    public string Delimiter
    {
        get => _format.Delimiter;
        set => _format = FormatFor(value);
    }

    /// <returns>The next record that is not blank, with the problem of one that is wrong; null at the end.</returns>
    public (TextLine Line, string[] Fields, string? Problem)? Read()
    {
        while (Next() is { } first)
        {
            if (first.Text.AsSpan().Trim().IsEmpty)
                continue;
            if (ProblemOf(first) is { } problem)
                return (first, [], problem);
            var record = ReadRecord(first, out var others);
            if (record is not null && Parse(record) is { } fields && !others.Any(IsRecord))
                return (first with { Text = record }, fields, null);
            foreach (var line in others.AsEnumerable().Reverse())
                _ahead.Push(line);
            return (first, [], Invalid);
        }
        return null;
    }

    /// <summary>Looks at the next line, which stays the next one.</summary>
    public TextLine? Peek()
    {
        if (Next() is not { } line)
            return null;
        _ahead.Push(line);
        return line;
    }

    public void Skip() => Next();

    private static CsvConfiguration FormatFor(string delimiter) => new(CultureInfo.InvariantCulture)
    {
        Delimiter = delimiter,
        HasHeaderRecord = false,
        TrimOptions = TrimOptions.Trim,
    };

    private TextLine? Next() => _ahead.TryPop(out var line) ? line : lines.Read();

    // A record goes on while a quote is open. Null if it does not end.
    private string? ReadRecord(TextLine first, out List<TextLine> others)
    {
        others = [];
        var isOpen = IsOdd(first.Text);
        var length = first.Text.Length;
        while (isOpen)
        {
            if (others.Count + 1 >= MaxLines || length > LineReader.MaxLength || Next() is not { } line)
                return null;
            others.Add(line);
            if (ProblemOf(line) is not null)
                return null;
            isOpen ^= IsOdd(line.Text);
            length += line.Text.Length;
        }
        return others.Count == 0 ? first.Text : string.Join('\n', others.Prepend(first).Select(l => l.Text));

        static bool IsOdd(string text) => text.AsSpan().Count('"') % 2 != 0;
    }

    // A quote that is not closed, up to the next one, would take it into a field.
    private bool IsRecord(TextLine line) =>
        ColumnCount > 1 && line.Text.Contains('@', StringComparison.Ordinal) && line.Text.Split(Delimiter) is { } fields
        && fields.Length >= ColumnCount && fields.Any(f => AddressSpec.Check(f.Trim(' ', '"')) is null);

    private string[]? Parse(string record)
    {
        using var parser = new CsvParser(new StringReader(record), _format);
        try
        {
            // The fields are read, and bad ones found, where they are asked for.
            return parser.Read() && parser.Record is { } fields && !parser.Read() ? fields : null;
        }
        catch (BadDataException)
        {
            return null;
        }
    }

    private string? ProblemOf(TextLine line)
    {
        if (line.Text.Length > LineReader.MaxLength)
            return string.Create(CultureInfo.InvariantCulture, $"is longer than {LineReader.MaxLength:N0} characters.");
        if (TextFiles.InvalidIn(line.Text) is { } before)
            return TextFiles.Describe(encoding, before, remedy);
        foreach (var c in line.Text)
        {
            if (c == '\uFFFD')
                return "has the character U+FFFD, which stands for one that was lost when the file was written. Correct the line.";
            if (c == '\0')
                return "has a NUL, as text in UTF-16 does. If the file is UTF-16, give --csv-encoding utf-16.";
            if (char.IsControl(c) && c != '\t')
                return string.Create(CultureInfo.InvariantCulture, $"has the control character U+{(int)c:X4}. Remove it.");
        }
        return null;
    }
}
