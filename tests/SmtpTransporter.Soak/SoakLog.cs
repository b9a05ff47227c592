namespace SmtpTransport.Soak;

/// <summary>The extended log of one route: checked and truncated from time to time, as by a log rotation.</summary>
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
            yield return $"{torn} lines of the log do not have five columns.";
        if (secrets > 0)
            yield return $"{secrets} lines of the log contain the password.";
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
