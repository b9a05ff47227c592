using System.Text.Encodings.Web;
using Fluid;

namespace SmtpTransport.Tool;

/// <summary>
/// Creates an email for each line of a CSV file: the subject and the bodies of the template are Liquid, with the columns as variables.
/// </summary>
internal sealed class Merge
{
    private static readonly FluidParser Parser = new();
    private static readonly TemplateOptions Options = new();

    private readonly Email _template;
    private readonly CsvTable _table;
    private readonly string _toColumn;
    private readonly IFluidTemplate? _subject;
    private readonly IFluidTemplate? _text;
    private readonly IFluidTemplate? _html;

    /// <exception cref="UsageException">
    /// The Liquid in the template is not valid or refers to an unknown column or filter, or the table does not have the column.
    /// </exception>
    public Merge(Email template, CsvTable table, string toColumn)
    {
        _template = template;
        _table = table;
        _toColumn = toColumn;
        if (!table.Columns.Contains(toColumn, StringComparer.OrdinalIgnoreCase))
            throw new UsageException($"The CSV file has no column \"{toColumn}\" (--to-column); its columns are {Columns}.");
        _subject = Parse(nameof(Email.Subject), template.Subject);
        _text = Parse(nameof(Email.TextBody), template.TextBody);
        _html = Parse(nameof(Email.HtmlBody), template.HtmlBody);
        if (template.Headers.FirstOrDefault(h => h.Value?.Contains("{{", StringComparison.Ordinal) == true) is { } header)
        {
            throw new UsageException(
                $"The header {header.Name} of the template has a placeholder, but only the subject, the text and the HTML are filled in.");
        }
    }

    private string Columns => string.Join(", ", _table.Columns);

    /// <summary>Reads the lines while the emails are sent: the file can be of any length.</summary>
    public IEnumerable<Email> ReadEmails() => _template.Merge(_table.ReadLines(), Fill);

    private void Fill(Email email, IReadOnlyDictionary<string, string> line)
    {
        email.To = line[_toColumn];
        if (_subject is not null)
            email.Subject = _subject.Render(CreateContext(line), NullEncoder.Default).ReplaceLineEndings(" ");
        if (_text is not null)
            email.TextBody = _text.Render(CreateContext(line), NullEncoder.Default);
        // The values of the columns are text, not HTML.
        if (_html is not null)
            email.HtmlBody = _html.Render(CreateContext(line), HtmlEncoder.Default);
    }

    private static TemplateContext CreateContext(IReadOnlyDictionary<string, string> line)
    {
        var context = new TemplateContext(Options);
        foreach (var (name, value) in line)
            context.SetValue(name, value);
        return context;
    }

    private IFluidTemplate? Parse(string property, string? text)
    {
        if (text is null)
            return null;
        if (!Parser.TryParse(text, out var template, out var error))
            throw new UsageException($"The {property} of the template is not valid Liquid: {error}");
        var unknown = TemplateNames.FindUnknown(template, _table.Columns, Options.Filters);
        return unknown.Count == 0
            ? template
            : throw new UsageException(
                $"The {property} of the template refers to {string.Join(", ", unknown)}, which the merge does not know. "
                + $"The columns of the CSV file are {Columns}.");
    }
}
