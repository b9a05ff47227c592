using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// Splits messages that are stored together. A long run of bytes without an empty line is the content of an attachment: it is stored
/// separately, with its hash as its id, so that an attachment of a thousand emails is stored, and held in memory, once. If it is encrypted,
/// its equality with others must not show: its id is random, and it is shared within these messages only. No piece is larger than a
/// database takes in one statement.
/// </summary>
internal sealed class MessageLayout(bool isProtected)
{
    /// <summary>Shorter runs stay in the row, in bytes.</summary>
    public const int MinChunkLength = 64 * 1024;

    /// <summary>
    /// The largest piece, in bytes. Twice as much, if each byte is escaped, is a statement that MariaDB takes by default (16 MB).
    /// </summary>
    public const int MaxPieceLength = 7 * 1024 * 1024;

    private readonly Dictionary<string, SharedChunk> _chunks = new(StringComparer.Ordinal);

    public SplitMessage Split(ReadOnlyMemory<byte> message)
    {
        var runs = Cut(message).SelectMany(Divide).ToList();
        if (runs is [(_, false)])
            return new SplitMessage(message.ToArray(), [], []);
        using var inRow = new MemoryStream();
        var segments = new List<Segment>();
        var chunks = new List<SharedChunk>();
        foreach (var (content, isShared) in runs)
        {
            var chunk = isShared || inRow.Length + content.Length > MaxPieceLength ? GetChunk(content) : null;
            segments.Add(new Segment(content.Length, chunk?.Id));
            if (chunk is null)
                inRow.Write(content.Span);
            else
                chunks.Add(chunk);
        }
        return new SplitMessage(inRow.ToArray(), segments, chunks);
    }

    private SharedChunk GetChunk(ReadOnlyMemory<byte> content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        if (!_chunks.TryGetValue(hash, out var chunk))
            _chunks.Add(hash, chunk = new SharedChunk(isProtected ? "p" + Guid.NewGuid().ToString("N") : hash, content));
        return chunk;
    }

    private static IEnumerable<(ReadOnlyMemory<byte> Content, bool IsShared)> Divide((ReadOnlyMemory<byte> Content, bool IsShared) run)
    {
        for (var start = 0; start < run.Content.Length; start += MaxPieceLength)
            yield return (run.Content[start..Math.Min(start + MaxPieceLength, run.Content.Length)], run.IsShared);
    }

    private static List<(ReadOnlyMemory<byte> Content, bool IsShared)> Cut(ReadOnlyMemory<byte> message)
    {
        if (message.Length < MinChunkLength)
            return [(message, false)];
        var runs = new List<(ReadOnlyMemory<byte>, bool)>();
        var inRow = 0;
        for (var start = 0; start < message.Length;)
        {
            var gap = message.Span[start..].IndexOf("\r\n\r\n"u8);
            var end = gap < 0 ? message.Length : start + gap + 4;
            if (end - start >= MinChunkLength)
            {
                if (start > inRow)
                    runs.Add((message[inRow..start], false));
                runs.Add((message[start..end], true));
                inRow = end;
            }
            start = end;
        }
        if (inRow < message.Length)
            runs.Add((message[inRow..], false));
        return runs;
    }
}
