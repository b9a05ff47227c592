using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// Cuts a message into what stands in its row and what stands beside it. A long stretch without an empty line is the content of an attachment: it
/// stands beside, under the hash of its octets, so that the same attachment of a thousand mails is stored once.
/// </summary>
internal static class Pieces
{
    /// <summary>What is shorter stays in the row, in octets.</summary>
    public const int Long = 64 * 1024;

    public static IReadOnlyList<(ReadOnlyMemory<byte> Octets, bool IsBeside)> Cut(ReadOnlyMemory<byte> message)
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

    /// <summary>The id of a piece that stands beside; a random one where its equality with others is nobody's business.</summary>
    public static string Id(ReadOnlyMemory<byte> octets, bool isProtected) =>
        isProtected ? "p" + Guid.NewGuid().ToString("N") : Convert.ToHexStringLower(SHA256.HashData(octets.Span));
}
