using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using Fluid;

namespace SmtpTransport.Tool;

/// <summary>
/// Creates an email for each line of a CSV file: the subject and the bodies of the template are Liquid, with the columns as variables.
/// </summary>
internal sealed class Merge
{
    private static readonly FluidParser Parser = new();

    private readonly Email _template;
    private readonly IFluidTemplate? _subject;
    private readonly IFluidTemplate? _text;
    private readonly IFluidTemplate? _html;
    private readonly string _toColumn;

    /// <exception cref="UsageException">The Liquid in the template is not valid.</exception>
    public Merge(Email template, string toColumn)
    {
        _template = template;
        _toColumn = toColumn;
        _subject = Parse(nameof(Email.Subject), template.Subject);
        _text = Parse(nameof(Email.TextBody), template.TextBody);
        _html = Parse(nameof(Email.HtmlBody), template.HtmlBody);
    }

    /// <summary>Reads the lines while the emails are sent: the file can be of any length.</summary>
    /// <exception cref="UsageException">The file cannot be read, or does not have the column.</exception>
    public IEnumerable<Email> ReadEmails(string csvPath) => _template.Merge(ReadLines(csvPath), Fill);

    private void Fill(Email email, IReadOnlyDictionary<string, string> line)
    {
        email.To = line[_toColumn];
        if (_subject is not null)
            email.Subject = _subject.Render(CreateContext(line), NullEncoder.Default).ReplaceLineEndings(" ");
        if (_text is not null)
            email.TextBody = _text.Render(CreateContext(line), NullEncoder.Default);
        // The values of the columns are text, not HTML.
        if (_html is not null)
            email.HtmlBody = _html.Render(CreateContext(line), System.Text.Encodings.Web.HtmlEncoder.Default);
    }

    private IEnumerable<IReadOnlyDictionary<string, string>> ReadLines(string path)
    {
        using var reader = Open(path);
        var format = new CsvConfiguration(CultureInfo.InvariantCulture) { DetectDelimiter = true, TrimOptions = TrimOptions.Trim };
        using var csv = new CsvReader(reader, format);
        if (!csv.Read() || !csv.ReadHeader() || csv.HeaderRecord is not { } columns)
            throw new UsageException($"{path}: the file has no header line.");
        if (!columns.Contains(_toColumn, StringComparer.OrdinalIgnoreCase))
        {
            throw new UsageException(
                $"{path}: the file has no column \"{_toColumn}\" (--to-column); its columns are {string.Join(", ", columns)}.");
        }
        while (csv.Read())
        {
            var line = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < columns.Length; i++)
                line[columns[i]] = csv.TryGetField<string>(i, out var value) ? value ?? "" : "";
            yield return line;
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    private static TemplateContext CreateContext(IReadOnlyDictionary<string, string> line)
    {
        var context = new TemplateContext();
        foreach (var (name, value) in line)
            context.SetValue(name, value);
        return context;
    }

    private static IFluidTemplate? Parse(string property, string? text) =>
        text is null ? null
        : Parser.TryParse(text, out var template, out var error) ? template
        : throw new UsageException($"The {property} of the template is not valid Liquid: {error}");
}
