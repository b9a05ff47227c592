using System.Text;

namespace SmtpTransport.Mailbox;

/// <summary>
/// Adds the <c>.eml</c> files of a folder to a store: the existing ones and each new one, whatever process writes it. It scans the folder
/// at every notification of the system, and whenever the page requests the list. Safe for concurrent callers.
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
        _watcher.Created += (_, _) => Scan();
        _watcher.Renamed += (_, _) => Scan();
        _watcher.Error += (_, _) => Scan();
        _watcher.EnableRaisingEvents = true;
        Scan();
    }

    public void Scan()
    {
        lock (_gate)
        {
            if (!Directory.Exists(_folder))
                return;
            var files = new DirectoryInfo(_folder).GetFiles("*.eml");
            foreach (var file in files.OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal))
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
                    // Another program still writes it, or has deleted it: the next scan tries again.
                }
            }
        }
    }

    public void Dispose() => _watcher.Dispose();

    /// <summary>Splits a file into the envelope in its first lines and the message after them.</summary>
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
