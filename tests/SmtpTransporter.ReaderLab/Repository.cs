namespace SmtpTransport.ReaderLab;

/// <summary>The folders of the repository, found from the folder of the tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Project { get; } = Path.Combine(Root, "tests", "SmtpTransporter.ReaderLab");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below the repository's root.");
    }
}
