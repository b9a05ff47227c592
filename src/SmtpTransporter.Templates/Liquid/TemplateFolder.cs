using System.Collections.Concurrent;
using System.Globalization;

namespace SmtpTransport.Templates;

/// <summary>
/// Finds the files of templates by culture, and looks at most once a second whether they have changed. Safe for concurrent callers.
/// </summary>
internal sealed class TemplateFolder
{
    public const string Extension = ".liquid";

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string File, string Culture), (TemplateFile? Found, long CheckedAt)> _files = new();
    private readonly TimeProvider _time;

    public TemplateFolder(string folder, TimeProvider time)
    {
        _time = time;
        var current = System.IO.Path.GetFullPath(folder);
        Path = Directory.Exists(current) ? current : System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, folder));
    }

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>The names of all templates, without culture and extension.</summary>
    public IEnumerable<string> Names => Files.Select(f => f.Split('.')[0]).Distinct(StringComparer.Ordinal);

    /// <summary>The paths of all files below the folder, with slashes.</summary>
    private IEnumerable<string> Files => !Directory.Exists(Path)
        ? []
        : Directory.EnumerateFiles(Path, "*" + Extension, SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Path, f).Replace('\\', '/'));

    /// <summary>The files of a template for cultures, such as <c>welcome.de.liquid</c> for the name <c>welcome</c>.</summary>
    public IEnumerable<string> OtherCulturesOf(string name) =>
        Files.Where(f => f.StartsWith(name + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <param name="file">A path with slashes, such as <c>partials/button.liquid</c>.</param>
    /// <param name="culture">The culture, whose parents are tried after it.</param>
    public TemplateFile? Find(string file, CultureInfo culture)
    {
        var key = (file, culture.Name);
        if (_files.TryGetValue(key, out var known) && _time.GetElapsedTime(known.CheckedAt) < CheckInterval)
            return known.Found;
        var found = Search(file, culture, known.Found);
        _files[key] = (found, _time.GetTimestamp());
        return found;
    }

    private TemplateFile? Search(string file, CultureInfo culture, TemplateFile? known)
    {
        var stem = file[..^Extension.Length];
        for (var at = culture; ; at = at.Parent)
        {
            var name = at.Name.Length == 0 ? file : $"{stem}.{at.Name}{Extension}";
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name));
            var isInside = path.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (isInside && File.Exists(path))
            {
                var changedAt = File.GetLastWriteTimeUtc(path);
                return known?.PhysicalPath == path && known.LastModified.UtcDateTime == changedAt
                    ? known
                    : new TemplateFile(name, path, changedAt);
            }
            if (at.Name.Length == 0)
                return null;
        }
    }
}
