namespace SmtpTransport.Feedback;

/// <summary>Bounds what a parser makes of a text: each header field and each part takes far more memory than it has octets.</summary>
internal static class LineLimit
{
    // 20,000 recipients with ten fields each.
    private const int MaxFields = 200_000;

    // A report has about three parts; what it returns may have more, and lines of dashes.
    private const int MaxBoundaries = 10_000;

    /// <summary>The octets up to the line that exceeds a limit; all if none does.</summary>
    public static int Of(ReadOnlySpan<byte> text)
    {
        var (fields, boundaries) = (0, 0);
        for (var start = 0; start < text.Length;)
        {
            var end = text[start..].IndexOf((byte)'\n');
            var line = end < 0 ? text[start..] : text.Slice(start, end);
            if (line.StartsWith("--"u8) ? ++boundaries > MaxBoundaries : IsField(line) && ++fields > MaxFields)
                return start;
            start += line.Length + 1;
        }
        return text.Length;
    }

    private static bool IsField(ReadOnlySpan<byte> line) => line.IndexOf((byte)':') is >= 0 and var colon
        && line[..colon].TrimEnd(" \t"u8).IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
}
