using System.Buffers;
using System.Text;

namespace SmtpTransport;

/// <summary>The octets of a header that was read, field by field.</summary>
internal static class HeaderOctets
{
    private static readonly SearchValues<byte> Printable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c), (byte)'\t', (byte)'\r', (byte)'\n']);

    /// <summary>Returns the fields in order, each with its line ends, and the empty line after the last one.</summary>
    /// <returns>
    /// The name is null for octets that are not a field: the empty line, a line without a colon, or the mark that some editors set before
    /// a file in UTF-8.
    /// </returns>
    public static IEnumerable<(string? Name, ReadOnlyMemory<byte> Octets)> Fields(ReadOnlyMemory<byte> header)
    {
        if (header.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            yield return (null, header[..Encoding.UTF8.Preamble.Length]);
            header = header[Encoding.UTF8.Preamble.Length..];
        }
        while (!header.IsEmpty)
        {
            var end = EndOfField(header.Span);
            yield return (NameOf(header.Span[..end]), header[..end]);
            header = header[end..];
        }
    }

    /// <summary>Returns the fields of the part, whose names begin with <c>Content-</c>, and an empty line.</summary>
    public static ReadOnlyMemory<byte> OfPart(ReadOnlyMemory<byte> header)
    {
        using var buffer = new ByteBuffer(256);
        foreach (var (name, octets) in Fields(header))
        {
            if (IsOfPart(name))
                buffer.Add(octets.Span);
        }
        return buffer.Add("\r\n"u8).Memory.ToArray();
    }

    public static bool IsOfPart(string? name) => name is not null && name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the header with another transfer encoding, which replaces an earlier one.</summary>
    /// <param name="header">The header with the empty line after it.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="isAdded">Whether the field is added if there is none.</param>
    public static ReadOnlyMemory<byte> WithEncoding(ReadOnlyMemory<byte> header, string encoding, bool isAdded)
    {
        using var buffer = new ByteBuffer(header.Length + 64);
        var isWritten = !isAdded;
        foreach (var (name, octets) in Fields(header))
        {
            var isEncoding = string.Equals(name, "Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase);
            if (isEncoding || (!isWritten && IsEmptyLine(octets.Span)))
            {
                buffer.Add("Content-Transfer-Encoding: "u8).Add(encoding).Add("\r\n"u8);
                isWritten = true;
            }
            if (!isEncoding)
                buffer.Add(octets.Span);
        }
        return buffer.Memory.ToArray();
    }

    public static bool IsEmptyLine(ReadOnlySpan<byte> octets) => octets.SequenceEqual("\r\n"u8) || octets.SequenceEqual("\n"u8);

    /// <summary>Whether a server accepts the lines: printable ASCII, spaces and tabs, and at most 998 characters (RFC 5322).</summary>
    public static bool CanBeSent(ReadOnlySpan<byte> header) =>
        TextLines.AreLines(header) && !header.ContainsAnyExcept(Printable);

    /// <summary>Whether a server accepts the header of a part, and every reader takes it for one.</summary>
    public static bool CanBeSent(ReadOnlyMemory<byte> header) =>
        header.Span.EndsWith("\r\n"u8)
        && CanBeSent(header.Span)
        && Fields(header).All(field => field.Name is not null || IsEmptyLine(field.Octets.Span));

    private static int EndOfField(ReadOnlySpan<byte> header)
    {
        var end = 0;
        do
        {
            var line = header[end..].IndexOf((byte)'\n');
            if (line < 0)
                return header.Length;
            end += line + 1;
        }
        while (end < header.Length && header[end] is (byte)' ' or (byte)'\t');
        return end;
    }

    // RFC 5322, section 4.5: spaces before the colon are obsolete, but read.
    private static string? NameOf(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.Latin1.GetString(field[..colon]).TrimEnd(' ', '\t');
        return MimeNames.IsFieldName(name) ? name : null;
    }
}
