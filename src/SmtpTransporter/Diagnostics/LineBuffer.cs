using System.Runtime.InteropServices;
using System.Text;

namespace SmtpTransport;

/// <summary>Splits bytes that come in pieces into lines of text. One thread at a time.</summary>
internal sealed class LineBuffer
{
    // Beyond that the text of a line is needed only for a log.
    private const int MaxKept = 4096;

    private readonly List<byte> _pending = [];

    /// <param name="bytes">The next piece.</param>
    /// <param name="line">Receives each line without its end.</param>
    /// <param name="whole">Whether lines are kept whole, however long.</param>
    public void Add(ReadOnlySpan<byte> bytes, Action<string> line, bool whole)
    {
        while (bytes.Length > 0)
        {
            var end = bytes.IndexOf((byte)'\n');
            var piece = end < 0 ? bytes : bytes[..end];
            if (whole || _pending.Count < MaxKept)
                _pending.AddRange(piece);
            if (end < 0)
                return;
            var text = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_pending));
            _pending.Clear();
            line(text.EndsWith('\r') ? text[..^1] : text);
            bytes = bytes[(end + 1)..];
        }
    }
}
