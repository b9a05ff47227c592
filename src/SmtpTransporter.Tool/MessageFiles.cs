using SmtpTransport.Feedback;

namespace SmtpTransport.Tool;

/// <summary>Finds messages in a file, a folder, a Maildir or the standard input.</summary>
internal static class MessageFiles
{
    /// <summary>The messages by name, in the order of their names. Each is opened as it is asked for.</summary>
    /// <exception cref="UsageException">The file or folder does not exist, or cannot be read.</exception>
    public static async IAsyncEnumerable<FoundMessage> FindAsync(string path, ToolContext context)
    {
        if (path == TextFiles.StandardInput)
        {
            yield return Found(path, context.OpenInput);
        }
        else if (Directory.Exists(path))
        {
            foreach (var file in List(path))
                yield return Found(Path.GetRelativePath(path, file), () => Open(file));
        }
        else
        {
            TextFiles.ThrowIfMissing(path);
            yield return Found(path, () => Open(path));
        }
        await Task.CompletedTask;
    }

    private static FoundMessage Found(string path, Func<Stream> open) =>
        new(path, cancellationToken => ReadAsync(OptionText.Show(path), open, cancellationToken));

    private static List<string> List(string folder)
    {
        try
        {
            return [.. MessageFolders.Of(folder).SelectMany(
                f => MessageFolders.FilesIn(f).Select(i => i.FullName).Order(StringComparer.Ordinal))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(OptionText.Show(folder), exception);
        }
    }

    private static async Task<Stream> ReadAsync(string name, Func<Stream> open, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = open();
            var message = await MessageFile.ReadAsync(file, cancellationToken);
            return MessageFile.FindProblem(message.GetBuffer().AsSpan(0, (int)message.Length)) is { } problem
                ? throw new UsageException($"{name}: {problem}")
                : message;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(name, exception);
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static UsageException Unreadable(string name, Exception exception) =>
        new($"{name}: {OptionText.Show(exception.Message)}", exception);
}
