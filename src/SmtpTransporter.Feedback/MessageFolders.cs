namespace SmtpTransport.Feedback;

/// <summary>Where the messages of a folder are: in itself, or in two folders of a Maildir.</summary>
internal static class MessageFolders
{
    // What follows are the flags of a message (https://cr.yp.to/proto/maildir.html).
    private const string Flags = ":2,";

    public static bool IsMaildir(string path) => Directory.Exists(NewOf(path)) && Directory.Exists(CurOf(path));

    /// <summary>The messages of a Maildir that nobody has looked at.</summary>
    public static string NewOf(string path) => Path.Combine(path, "new");

    /// <summary>The other messages of a Maildir.</summary>
    public static string CurOf(string path) => Path.Combine(path, "cur");

    /// <summary>The folders that have messages in them. The third of a Maildir has those that are being written.</summary>
    public static string[] Of(string path) => IsMaildir(path) ? [NewOf(path), CurOf(path)] : [path];

    /// <summary>The name of a file in a Maildir without the flags, which change.</summary>
    public static string NameOf(string file) => Split(file).Name;

    /// <summary>The flags of a file in a Maildir and "seen", in the order of ASCII.</summary>
    public static string SeenMarkOf(string file) => Flags + string.Concat(Split(file).Flags.Append('S').Distinct().Order());

    /// <summary>The files with messages; those that are still written have a name that begins with a dot or ends with ".part".</summary>
    public static IEnumerable<FileInfo> FilesIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles().Where(f => f.Name[0] != '.' && f.Extension != ".part");

    private static (string Name, string Flags) Split(string file) => file.IndexOf(Flags, StringComparison.Ordinal) is var at and >= 0
        ? (file[..at], file[(at + Flags.Length)..])
        : (file, "");
}
