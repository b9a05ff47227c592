using System.Text;

namespace SmtpTransport.Mailbox;

/// <summary>
/// Brings the <c>.eml</c> files of a folder into a store: those that are there, and each that comes, whatever process writes it. Looked for on
/// every word of the system, and whenever the page asks.
/// </summary>
internal sealed class PickupFolderWatch : IDisposable
{
    private readonly object _gate = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly MailboxStore _store;
    private readonly FileSystemWatcher _watcher;

    public PickupFolderWatch(string folder, MailboxStore store)
    {
        _folder = Path.GetFullPath(folder);
        _store = store;
        Directory.CreateDirectory(_folder);
        _watcher = new FileSystemWatcher(_folder, "*.eml") { NotifyFilter = NotifyFilters.FileName };
        _watcher.Created += (_, _) => Look();
        _watcher.Renamed += (_, _) => Look();
        _watcher.Error += (_, _) => Look();
        _watcher.EnableRaisingEvents = true;
        Look();
    }

    public void Look()
    {
        lock (_gate)
        {
            if (!Directory.Exists(_folder))
                return;
            foreach (var file in new DirectoryInfo(_folder).GetFiles("*.eml").OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal))
            {
                if (_seen.Contains(file.FullName))
                    continue;
                try
                {
                    var bytes = File.ReadAllBytes(file.FullName);
                    var (sender, recipients, message) = Split(bytes);
                    _store.Add(sender, recipients, message, new DateTimeOffset(file.LastWriteTime), file.FullName);
                    _seen.Add(file.FullName);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // Still being written by another program, or gone again: the next look decides.
                }
            }
        }
    }

    public void Dispose() => _watcher.Dispose();

    /// <summary>The envelope in the lines at the top, and the message behind it.</summary>
    internal static (string Sender, IReadOnlyList<string> Recipients, ReadOnlyMemory<byte> Message) Split(ReadOnlyMemory<byte> file)
    {
        var (sender, recipients) = ("", new List<string>());
        while (file.Span.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = Encoding.UTF8.GetString(file.Span[..end]).Trim();
            if (line.StartsWith("X-Sender:", StringComparison.OrdinalIgnoreCase))
                sender = Address(line[9..]);
            else if (line.StartsWith("X-Receiver:", StringComparison.OrdinalIgnoreCase))
                recipients.Add(Address(line[11..]));
            else
                break;
            file = file[(end + 1)..];
        }
        return (sender, recipients, file);

        static string Address(string text) => text.Trim().TrimStart('<').TrimEnd('>');
    }
}
