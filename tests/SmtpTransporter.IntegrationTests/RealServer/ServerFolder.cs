namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>The folder of one server: configuration, queue, logs and delivered mail.</summary>
internal sealed class ServerFolder
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _root;

    private ServerFolder(string root) => _root = root;

    public string Postfix => Path.Combine(_root, "postfix");
    public string PostfixQueue => Path.Combine(_root, "queue");
    public string PostfixData => Path.Combine(_root, "data");
    public string PostfixPid => Path.Combine(PostfixQueue, "pid", "master.pid");
    public string Dovecot => Path.Combine(_root, "dovecot");
    public string DovecotConf => Path.Combine(Dovecot, "dovecot.conf");
    public string DovecotPid => Path.Combine(Dovecot, "run", "master.pid");
    public string Keys => Path.Combine(Dovecot, "keys");
    public string Certificate => Path.Combine(_root, "certificate.pem");
    public string Key => Path.Combine(_root, "key.pem");
    public string Mail => Path.Combine(_root, "mail");
    public string MailLog => Path.Combine(_root, "mail.log");
    public string DovecotLog => Path.Combine(_root, "dovecot.log");
    public string CommandLog => Path.Combine(_root, "commands.log");

    public static ServerFolder Create()
    {
        var folder = new ServerFolder(Directory.CreateTempSubdirectory("real-smtp-").FullName);
        // The processes of the servers run as other users, which need access to the folder, but not to the key of the certificate.
        File.SetUnixFileMode(folder._root, Passable);
        foreach (var path in new[] { folder.Postfix, folder.PostfixQueue, folder.PostfixData, folder.Dovecot, folder.Keys, folder.Mail })
            Directory.CreateDirectory(path, Passable);
        return folder;
    }

    /// <summary>Reads a file that another process may be writing; empty if it does not exist.</summary>
    public static string Read(string path)
    {
        if (!File.Exists(path)) return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>The text of all logs, for the exception if the start fails.</summary>
    public string Report() =>
        string.Join('\n', new[] { CommandLog, DovecotLog, MailLog }.Select(path => $"--- {Path.GetFileName(path)}\n{Read(path)}"));

    public void Delete() => Directory.Delete(_root, recursive: true);
}
