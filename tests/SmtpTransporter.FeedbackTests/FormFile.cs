namespace SmtpTransport.FeedbackTests;

/// <summary>The messages in the folder <c>Forms</c>, each as one program writes it.</summary>
internal static class FormFile
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Forms");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.eml").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".eml"));
}
