using System.Globalization;
using System.Text;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Writes what would be sent, to a folder or to the standard output, and finds what would fail. Runs once.</summary>
/// <param name="folder">The folder; null for the standard output.</param>
/// <param name="force">Whether files in the folder may be replaced.</param>
/// <param name="options">The options that would be used.</param>
/// <param name="context">The environment.</param>
internal sealed class DryRun(string? folder, bool force, ServerOptions options, ToolContext context)
{
    private const int MaxShownLines = 10;

    private readonly Dictionary<string, List<int>> _empty = new(StringComparer.OrdinalIgnoreCase);
    private long _good;
    private long _bad;

    /// <summary>Writes emails from files or arguments.</summary>
    public int Run(IReadOnlyList<Email> emails)
    {
        PrepareFolder();
        for (var i = 0; i < emails.Count; i++)
            Write(emails[i], $"email {i + 1}", i + 1, emails[i].To.Count > 0 ? emails[i].To[0].Email : "");
        Summarize();
        return _bad > 0 ? ExitCodes.Failed : ExitCodes.Success;
    }

    /// <summary>Writes the emails of a mail merge, and names the lines, columns and values that are wrong or missing.</summary>
    public int Run(Merge merge, CsvTable table)
    {
        PrepareFolder();
        var lines = new Queue<MergeLine>();
        foreach (var email in merge.CreateEmails(GoodLines()))
        {
            var line = lines.Dequeue();
            Write(email, line.Name, line.Number, line.Address);
            foreach (var column in merge.UsedColumns.Where(c => line.Fields[c].Length == 0))
                (_empty.TryGetValue(column, out var numbers) ? numbers : _empty[column] = []).Add(line.Number);
        }
        Summarize();
        foreach (var (column, numbers) in _empty)
        {
            context.Errors.WriteLine(
                $"{table.Name}: the column \"{column}\" is empty in {Counted.Of(numbers.Count, "line")}: "
                + string.Join(", ", numbers.Take(MaxShownLines)) + (numbers.Count > MaxShownLines ? ", …" : ".")
                + " In the template, {{ " + column + " | default: \"…\" }} stands in for it.");
        }
        if (merge.UnusedColumns.ToList() is { Count: > 0 } unused)
            context.Errors.WriteLine($"{table.Name}: the template does not use the columns {string.Join(", ", unused)}.");
        return _bad > 0 ? ExitCodes.Failed : ExitCodes.Success;

        IEnumerable<MergeLine> GoodLines()
        {
            foreach (var line in merge.ReadLines())
            {
                if (line.Problem is null)
                {
                    lines.Enqueue(line);
                    yield return line;
                    continue;
                }
                _bad++;
                context.Errors.WriteLine($"{table.Name}: {line.Name} {line.Problem}");
            }
        }
    }

    private void PrepareFolder()
    {
        if (folder is null)
            return;
        if (File.Exists(folder))
            throw new UsageException($"{folder}: this is a file, not a folder.");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{folder}: {exception.Message}", exception);
        }
        if (!force && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new UsageException($"{folder}: the folder is not empty. Name another one, or give --force to replace files in it.");
    }

    private void Write(Email email, string name, int number, string address)
    {
        var errors = email.Analyze(options).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        foreach (var error in errors)
            context.Errors.WriteLine($"{Sentence.Begin(name)} would fail: {error.Property}: {error.Message}");
        if (errors.Count > 0)
        {
            _bad++;
            return;
        }
        _good++;
        if (folder is not null)
        {
            EmailFiles.Write(email, Path.Combine(folder, FileName(number, address)), force);
            return;
        }
        using var bytes = new MemoryStream();
        email.ToMime(bytes);
        context.Output.WriteLine($"----- {name} -----");
        context.Output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()).TrimEnd());
    }

    private void Summarize() => context.Errors.WriteLine(
        $"Nothing was sent. {Counted.Of(_good, "email")} would be sent" + (folder is null ? "" : $", and can be looked at in {folder}")
        + (_bad == 0 ? "." : $"; {Counted.Of(_bad, "email")} would not."));

    // What every file system takes.
    private static string FileName(int number, string address)
    {
        var safe = string.Concat(address.Take(100).Select(c => char.IsAsciiLetterOrDigit(c) || c is '@' or '.' or '-' or '_' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{number:D6}-{safe}.eml");
    }
}
