using System.Security.Cryptography;
using SmtpTransport.Testing;

namespace SmtpTransport.Lab;

/// <summary>What a server has taken: the messages that it stored, or those that came to the hop behind it.</summary>
public sealed class MailStore
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
        _copies.AddRange(TakeFiles().Concat(TakeFromHop()).Where(IsNew));
        return _copies;
    }

    /// <summary>
    /// Whether nothing that the server took is still to come. What a killed server had not written yet stays behind as an empty file.
    /// </summary>
    public bool IsQuiet() => _server.Queue.All(pattern =>
    {
        var folder = Path.Combine(_folder.Written, Path.GetDirectoryName(pattern)!);
        return !Directory.Exists(folder)
            || !Directory.EnumerateFiles(folder, Path.GetFileName(pattern), SearchOption.AllDirectories)
                .Any(file => new FileInfo(file) is { Exists: true, Length: > 0 });
    });

    private List<StoredCopy> TakeFiles()
    {
        var copies = new List<StoredCopy>();
        foreach (var file in Directory.GetFiles(_folder.Store, "*.msg"))
        {
            copies.Add(StoredCopy.Parse(File.ReadAllBytes(file)));
            File.Delete(file);
        }
        return copies;
    }

    private IEnumerable<StoredCopy> TakeFromHop() =>
        _hop is null ? [] : _hop.TakeMessages().Select(m => new StoredCopy(m.Sender, m.Recipients, m.Raw));

    // A server with a queue that is ended while it hands over a message does so again. The field Received shows that it is the same one.
    private bool IsNew(StoredCopy copy) => _server.Queue.Count == 0
        || _handedOver.Add($"{Convert.ToHexString(SHA256.HashData(copy.Message.Span))} {string.Join(' ', copy.Recipients)}");
}
