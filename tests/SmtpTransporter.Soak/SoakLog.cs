namespace SmtpTransport.Soak;

/// <summary>The extended log of one route: looked over and emptied now and then, as a rotation does that copies and truncates.</summary>
internal sealed class SoakLog(string secret) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smtp-soak-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "extended.log");

    public long Lines { get; private set; }

    public IEnumerable<string> CheckAndEmpty()
    {
        var (torn, secrets) = (0, 0);
        var inBase64 = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0me\0{secret}"));
        foreach (var line in File.ReadLines(Path))
        {
            Lines++;
            torn += line.AsSpan().Count('\t') == 4 ? 0 : 1;
            secrets += line.Contains(secret, StringComparison.Ordinal) || line.Contains(inBase64, StringComparison.Ordinal) ? 1 : 0;
        }

        using (var file = new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(0);
        if (torn > 0)
            yield return $"{torn} lines of the log have not five columns.";
        if (secrets > 0)
            yield return $"{secrets} lines of the log have the password.";
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
