namespace SmtpTransport.Tool;

/// <summary>Finds messages in a file, a folder, a Maildir or the standard input.</summary>
internal static class MessageFiles
{
    /// <summary>The messages by name, in the order of their names. Each is opened as it is asked for.</summary>
    /// <exception cref="UsageException">The file or folder does not exist, or cannot be read.</exception>
    public static IEnumerable<(string Name, Func<Stream> Open)> Find(string path, ToolContext context)
    {
        if (path == "-")
            return [("-", context.OpenInput)];
        if (Directory.Exists(path))
            return List(path).Select(f => (Path.GetRelativePath(path, f), (Func<Stream>)(() => Open(f))));
        TextFiles.ThrowIfMissing(path);
        return [(path, () => Open(path))];
    }

    // A Maildir has its messages in two of its folders; the third has those that are being written.
    private static List<string> List(string folder)
    {
        string[] folders = [Path.Combine(folder, "new"), Path.Combine(folder, "cur")];
        try
        {
            return Array.TrueForAll(folders, Directory.Exists)
                ? [.. folders.SelectMany(Files)]
                : Files(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{folder}: {exception.Message}", exception);
        }
    }

    private static List<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f)[0] != '.').Order(StringComparer.Ordinal)];

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }
}
