using System.Globalization;
using System.Runtime.CompilerServices;

namespace SmtpTransport.Feedback;

/// <summary>A source of messages in files: a Maildir, or a folder into which complete files are moved.</summary>
/// <remarks>
/// <para>
/// A completed message of a Maildir is moved from <c>new</c> to <c>cur</c> and marked as seen; that of another folder is moved into its
/// subfolder <c>read</c>, beside an earlier one of the same name. Each is one renaming, so that a crash leaves the message either as it
/// was or completed. Names that begin with a dot or end with <c>.part</c> are skipped: those files are still written.
/// </para>
/// <para>
/// The id of a message is the name of its file, in a Maildir without the flags, so give each file a name of its own. One reader at a
/// time; a file that another program has taken away is skipped, and if that happens between reading the folder and opening the file,
/// opening it throws <see cref="FileNotFoundException"/>.
/// </para>
/// </remarks>
public sealed class FeedbackFolder : IFeedbackSource
{
    private readonly string _arrived;
    private readonly string _read;
    private readonly bool _isMaildir;

    /// <summary>Uses a folder.</summary>
    /// <param name="path">The folder. It is a Maildir if it has the folders <c>new</c> and <c>cur</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public FeedbackFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"The folder \"{path}\" does not exist. Name the one that has the messages.");
        _isMaildir = MessageFolders.IsMaildir(path);
        _arrived = _isMaildir ? MessageFolders.NewOf(path) : path;
        _read = _isMaildir ? MessageFolders.CurOf(path) : Path.Combine(path, "read");
    }

    /// <inheritdoc/>
    /// <exception cref="UnauthorizedAccessException">The folder must not be read.</exception>
    public async IAsyncEnumerable<FeedbackMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var file in MessageFolders.FilesIn(_arrived).OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (File.Exists(file.FullName))
                yield return new FeedbackMessage(NameOf(file), _ => Task.FromResult<Stream>(Open(file)), _ => Complete(file));
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    private static FileStream Open(FileInfo file) => new(
        file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1, FileOptions.Asynchronous);

    /// <summary>The path of a completed message; that of an earlier one is left alone.</summary>
    private string FindPlace(FileInfo file)
    {
        // A Maildir marks a message in its name. No file on Windows can have a colon in it, and no Maildir is there.
        var mark = _isMaildir ? MessageFolders.SeenMarkOf(file.Name) : "";
        var name = NameOf(file);
        var path = Path.Combine(_read, name + mark);
        for (var number = 2; File.Exists(path); number++)
            path = Path.Combine(_read, string.Create(CultureInfo.InvariantCulture, $"{name}-{number}{mark}"));
        return path;
    }

    private string NameOf(FileInfo file) => _isMaildir ? MessageFolders.NameOf(file.Name) : file.Name;

    private Task Complete(FileInfo file)
    {
        Directory.CreateDirectory(_read);
        try
        {
            File.Move(file.FullName, FindPlace(file));
        }
        catch (FileNotFoundException)
        {
            // It was completed before.
        }
        return Task.CompletedTask;
    }
}
