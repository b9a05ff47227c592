using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// Cuts messages that are stored together. A long stretch without an empty line is the content of an attachment: it stands beside, under the hash of its
/// octets, so that the same attachment of a thousand mails is stored, and held in memory, once. Where its equality with others is nobody's business, it is
/// under a random id, and shared within these messages only.
/// </summary>
internal sealed class MessageLayout(bool isProtected)
{
    /// <summary>What is shorter stays in the row, in octets.</summary>
    public const int Long = 64 * 1024;

    private readonly Dictionary<string, SharedChunk> _known = new(StringComparer.Ordinal);

    public SplitMessage Lay(ReadOnlyMemory<byte> message)
    {
        var cut = Cut(message);
        if (cut is [(_, false)])
            return new SplitMessage(message.ToArray(), [], []);
        using var inRow = new MemoryStream();
        var pieces = new List<Segment>();
        var beside = new List<SharedChunk>();
        foreach (var (octets, isBeside) in cut)
        {
            var part = isBeside ? Part(octets) : null;
            pieces.Add(new Segment(octets.Length, part?.Id));
            if (part is null)
                inRow.Write(octets.Span);
            else
                beside.Add(part);
        }
        return new SplitMessage(inRow.ToArray(), pieces, beside);
    }

    private SharedChunk Part(ReadOnlyMemory<byte> octets)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(octets.Span));
        if (!_known.TryGetValue(hash, out var part))
            _known.Add(hash, part = new SharedChunk(isProtected ? "p" + Guid.NewGuid().ToString("N") : hash, octets));
        return part;
    }

    private static List<(ReadOnlyMemory<byte> Octets, bool IsBeside)> Cut(ReadOnlyMemory<byte> message)
    {
        if (message.Length < Long)
            return [(message, false)];
        var pieces = new List<(ReadOnlyMemory<byte>, bool)>();
        var inRow = 0;
        for (var start = 0; start < message.Length;)
        {
            var gap = message.Span[start..].IndexOf("\r\n\r\n"u8);
            var end = gap < 0 ? message.Length : start + gap + 4;
            if (end - start >= Long)
            {
                if (start > inRow)
                    pieces.Add((message[inRow..start], false));
                pieces.Add((message[start..end], true));
                inRow = end;
            }
            start = end;
        }
        if (inRow < message.Length)
            pieces.Add((message[inRow..], false));
        return pieces;
    }
}
