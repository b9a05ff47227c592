using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Fluid;

namespace SmtpTransport.Tool;

/// <summary>
/// Creates an email for each line of a CSV file: the subject and the bodies of the template are Liquid, with the columns as variables.
/// </summary>
internal sealed partial class Merge
{
    private const int MaxShownAddress = 80;

    private static readonly FluidParser Parser = new();
    private static readonly TemplateOptions Options = new();

    private readonly Email _template;
    private readonly CsvTable _table;
    private readonly string _toColumn;
    private readonly HashSet<string> _used = new(StringComparer.OrdinalIgnoreCase);
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

    /// <summary>The columns that the template refers to.</summary>
    public IEnumerable<string> UsedColumns => _table.Columns.Where(_used.Contains);

    /// <summary>The columns that nothing refers to.</summary>
    public IEnumerable<string> UnusedColumns => _table.Columns.Where(c =>
        c.Length > 0 && !_used.Contains(c) && !c.Equals(_toColumn, StringComparison.OrdinalIgnoreCase));

    private string Columns => string.Join(", ", _table.Columns.Where(c => c.Length > 0));

    /// <summary>
    /// Reads the lines, with the problem of each that is wrong: not valid, without a valid address, or with the address of a line before.
    /// </summary>
    public IEnumerable<MergeLine> ReadLines()
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in _table.ReadLines())
            yield return Check(line, lines);
    }

    /// <summary>Creates the emails for lines that have no problem while they are sent: the file can be of any length.</summary>
    public IEnumerable<Email> CreateEmails(IEnumerable<MergeLine> lines) => _template.Merge(lines, Fill);

    private MergeLine Check(CsvLine line, Dictionary<string, int> lines)
    {
        if (line.Problem is not null)
            return new MergeLine(line.Number, Shown(Address().Match(line.Text).Value), null, line.Fields, line.Problem);
        var text = line.Fields[_toColumn];
        var (items, problem) = AddressParser.Parse(text);
        var address = items.Count == 1 ? items[0] : null;
        var reason = text.Length == 0 ? $"has no address in the column \"{_toColumn}\"."
            : problem is not null ? $"has no valid address: {problem}."
            : address is null ? $"has {items.Count} addresses. Each line is an email to one address."
            : AddressSpec.Check(address.Email) is { } wrong ? $"has no valid address: {wrong}."
            : lines.TryAdd(Ledger.KeyOf(address.Email), line.Number) ? null
            : $"has the address of line {lines[Ledger.KeyOf(address.Email)]} again.";
        return new MergeLine(
            line.Number, reason is null ? address!.Email : Shown(text), reason is null ? address : null, line.Fields, reason);
    }

    private static string Shown(string text) =>
        (text.Length > MaxShownAddress ? $"{text[..MaxShownAddress]}…" : text).ReplaceLineEndings(" ");

    private void Fill(Email email, MergeLine line)
    {
        email.To = [line.Recipient!];
        if (_subject is not null)
            email.Subject = _subject.Render(CreateContext(line.Fields), NullEncoder.Default).ReplaceLineEndings(" ");
        if (_text is not null)
            email.TextBody = _text.Render(CreateContext(line.Fields), NullEncoder.Default);
        // The values of the columns are text, not HTML.
        if (_html is not null)
            email.HtmlBody = _html.Render(CreateContext(line.Fields), HtmlEncoder.Default);
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
        var names = TemplateNames.Find(template, _table.Columns, Options.Filters);
        _used.UnionWith(names.Columns);
        return names.Unknown.Count == 0
            ? template
            : throw new UsageException(
                $"The {property} of the template refers to {string.Join(", ", names.Unknown)}, which the merge does not know. "
                + $"The columns of the CSV file are {Columns}.");
    }

    // What looks like an address in a line that is not valid.
    [GeneratedRegex(@"[^\s,;|<>""]+@[^\s,;|<>""]+")]
    private static partial Regex Address();
}
