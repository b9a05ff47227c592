namespace SmtpTransport.DocsTests;

/// <summary>The documents of this repository, found from the folder in which the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every document a reader may open, as paths relative to the root with forward slashes.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. Files(".", "*.md", SearchOption.TopDirectoryOnly),
        .. Files("docs", "*.md", SearchOption.TopDirectoryOnly),
        .. Files("src", "README.md", SearchOption.AllDirectories),
        .. Files("samples", "README.md", SearchOption.AllDirectories),
        .. Files(".github", "*.md", SearchOption.AllDirectories),
    ];

    public static string PathOf(string file) => Path.Combine(Root, file.Replace('/', Path.DirectorySeparatorChar));

    public static string Read(string file) => File.ReadAllText(PathOf(file)).ReplaceLineEndings("\n");

    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth)
    {
        if (!Directory.Exists(PathOf(folder)))
            return [];
        return Directory.EnumerateFiles(PathOf(folder), pattern, depth)
            .Select(f => Path.GetRelativePath(Root, f).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below the repository's root.");
    }
}
