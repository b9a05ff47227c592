namespace SmtpTransport.Lab;

/// <summary>Where the project's scripts are, and the files of one running server.</summary>
internal sealed class LabFolder : IDisposable
{
    private readonly DirectoryInfo _root;

    public LabFolder(string server)
    {
        // Not below /tmp: an overlay cannot lie on one of the kinds that /tmp may be.
        _root = Directory.CreateDirectory(Path.Combine(Layers, "running", $"{server}-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(Path.Combine(Store, "tls"));
    }

    /// <summary>The folder of this project, in which the scripts are.</summary>
    public static string Project { get; } = Find("servers");

    public static string Layers => Environment.GetEnvironmentVariable("SMTP_LAB") ?? "/var/tmp/smtp-lab";

    public string Root => _root.FullName;

    /// <summary>What the server stores and logs; it sees this folder as /store.</summary>
    public string Store => Path.Combine(Root, "store");

    public string Certificate => Path.Combine(Store, "tls", "certificate.pem");

    public string Key => Path.Combine(Store, "tls", "key.pem");

    /// <summary>The files that the server has written, as it sees them below /.</summary>
    public string Written => Path.Combine(Root, "upper");

    /// <summary>The end of each log, for the message of a failure.</summary>
    public string Report() => string.Join('\n', new[] { Path.Combine(Root, "log") }
        .Concat(Directory.GetFiles(Store, "*log")).Where(File.Exists)
        .Select(path => $"--- {Path.GetFileName(path)}\n{string.Join('\n', ReadLines(path).TakeLast(25))}"));

    public void Dispose() => _root.Delete(recursive: true);

    private static List<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return [.. reader.ReadToEnd().Split('\n')];
    }

    private static string Find(string part)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, part)))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run below their project's folder.");
    }
}
