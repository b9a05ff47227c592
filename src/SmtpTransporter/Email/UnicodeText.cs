namespace SmtpTransport;

/// <summary>Whether a string is valid text: it may hold half of a surrogate pair, which no charset can represent.</summary>
internal static class UnicodeText
{
    /// <summary>The position of the first half of a surrogate pair that lacks its other half; null if there is none.</summary>
    public static int? HalfPairAt(string text)
    {
        for (var i = 0; (i = NextSurrogate(text, i)) < text.Length; i++)
        {
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return i;
            i++;
        }
        return null;
    }

    private static int NextSurrogate(string text, int from) =>
        from < text.Length && text.AsSpan(from).IndexOfAnyInRange('\uD800', '\uDFFF') is var at and >= 0 ? from + at : text.Length;
}
