using System.Text;
using System.Text.RegularExpressions;
using SmtpTransport.Testing;

namespace SmtpTransport.Lab;

/// <summary>What a server has taken: the messages that it stored, or those that came to the hop behind it.</summary>
public sealed partial class MailStore
{
    private readonly LabServer _server;
    private readonly LabFolder _folder;
    private readonly SmtpTestServer? _hop;
    private readonly List<StoredCopy> _copies = [];
    private readonly HashSet<string> _handedOver = [];

    internal MailStore(LabServer server, LabFolder folder, SmtpTestServer? hop) => (_server, _folder, _hop) = (server, folder, hop);

    /// <summary>All copies so far.</summary>
    public async Task<IReadOnlyList<StoredCopy>> ReadAsync()
    {
        if (_server.WebStore is { } pages)
            return await pages.ReadAsync();
        foreach (var file in Directory.GetFiles(_folder.Store, "*.msg"))
        {
            _copies.Add(StoredCopy.Parse(File.ReadAllBytes(file)));
            File.Delete(file);
        }
        if (_hop is not null)
            _copies.AddRange(_hop.TakeMessages().Select(m => new StoredCopy(m.Sender, m.Recipients, m.Raw)).Where(IsNew));
        return _copies;
    }

    /// <summary>Whether nothing that the server took is still to come.</summary>
    public bool IsQuiet() => _server.Queue.All(pattern =>
    {
        var folder = Path.Combine(_folder.Written, Path.GetDirectoryName(pattern)!);
        return !Directory.Exists(folder)
            || !Directory.EnumerateFiles(folder, Path.GetFileName(pattern), SearchOption.AllDirectories).Any();
    });

    // A relay that is ended while it hands over a message does so again: the same message from its queue is one copy.
    private bool IsNew(StoredCopy copy) =>
        QueueId().Match(Encoding.Latin1.GetString(copy.Message.Span[..Math.Min(copy.Message.Length, 2048)])) is not { Success: true } id
        || _handedOver.Add($"{id.Groups[1]} {string.Join(' ', copy.Recipients)}");

    [GeneratedRegex(@"^Received: (?:[^;]*\s)?id ([^\s;]+)", RegexOptions.Multiline)]
    private static partial Regex QueueId();
}
