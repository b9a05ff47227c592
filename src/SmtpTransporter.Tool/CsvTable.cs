using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace SmtpTransport.Tool;

/// <summary>A CSV file with a header line. It is read as a whole at first, so that no email is sent if a line is wrong.</summary>
internal sealed class CsvTable : IDisposable
{
    private const string Remedy = "Save the file as UTF-8, or give its encoding, such as --csv-encoding windows-1252.";

    private readonly string _path;
    private readonly Encoding _encoding;
    private readonly Stream _content;

    private CsvTable(string path, Encoding encoding)
    {
        _path = path;
        _encoding = encoding;
        _content = TextFiles.Open(path);
    }

    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>The number of lines without the header line.</summary>
    public long Count { get; private set; }

    /// <exception cref="UsageException">The file cannot be read, is not in the encoding, or is not valid CSV.</exception>
    public static CsvTable Open(string path, string? encoding)
    {
        var table = new CsvTable(path, TextFiles.GetEncoding(encoding));
        try
        {
            TextFiles.ThrowIfInvalid(table._content, path, table._encoding, Remedy);
            table.Count = table.ReadLines().LongCount();
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>Reads one line after the other: the file can be of any length. One caller at a time.</summary>
    /// <exception cref="UsageException">A line is not valid.</exception>
    public IEnumerable<IReadOnlyDictionary<string, string>> ReadLines()
    {
        _content.Position = 0;
        using var reader = new StreamReader(_content, _encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var format = new CsvConfiguration(CultureInfo.InvariantCulture) { DetectDelimiter = true, TrimOptions = TrimOptions.Trim };
        using var csv = new CsvReader(reader, format);
        if (!csv.Read() || !csv.ReadHeader() || csv.HeaderRecord is not { } columns)
            throw new UsageException($"{_path}: the file has no header line.");
        Columns = columns;
        // A record may have several lines: its first one is behind the last one of the record before.
        for (var number = csv.Parser.RawRow + 1; csv.Read(); number = csv.Parser.RawRow + 1)
            yield return ReadFields(csv, columns, number);
    }

    public void Dispose() => _content.Dispose();

    private Dictionary<string, string> ReadFields(CsvReader csv, string[] columns, int number)
    {
        // A quote that is not closed takes the rest of the file into one field.
        if (csv.Parser.RawRecord.Count(c => c == '"') % 2 != 0)
            throw CreateException(number);
        var line = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            for (var i = 0; i < columns.Length; i++)
                line[columns[i]] = i < csv.Parser.Count ? csv.GetField(i) ?? "" : "";
        }
        catch (BadDataException exception)
        {
            throw CreateException(number, exception);
        }
        return line;
    }

    private UsageException CreateException(int number, Exception? exception = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"{_path}: line {number} is not valid CSV. ")
            + "A field with a quote must be in quotes, and each quote in it must be doubled.",
        exception);
}
