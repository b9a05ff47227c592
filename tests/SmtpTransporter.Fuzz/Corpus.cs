namespace SmtpTransport.Fuzz;

/// <summary>The stored inputs, in the source folder.</summary>
public static class Corpus
{
    private static readonly string Folder = FindFolder();

    /// <summary>The names of the inputs of a target, always in the same order.</summary>
    public static IReadOnlyList<string> Names(Target target) =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, target.Folder)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public static byte[] Read(Target target, string name) => File.ReadAllBytes(Path.Combine(Folder, target.Folder, name));

    public static string WriteFailure(Target target, byte[] input)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, target.Folder, "failures")).FullName;
        var file = Path.Combine(folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]);
        File.WriteAllBytes(file, input);
        return file;
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder is null
            ? throw new DirectoryNotFoundException("The repository was not found. Run the fuzzer in a folder of the repository.")
            : Path.Combine(folder.FullName, "tests", "SmtpTransporter.Fuzz", "Corpus");
    }
}
