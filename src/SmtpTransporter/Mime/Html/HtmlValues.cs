namespace SmtpTransport;

/// <summary>
/// Finds the values of attributes and the contents of style sheets in HTML, with their positions, so that one of them can be replaced
/// while everything else remains as it was written. It reads tags as browsers do (WHATWG HTML, section 13.2.5), also those in the
/// conditional comments of Outlook.
/// </summary>
internal static class HtmlValues
{
    public static IEnumerable<HtmlValue> Find(string html)
    {
        var position = 0;
        while (position < html.Length && html.IndexOf('<', position) is var open and >= 0)
        {
            position = open + 1;
            if (StartsWith(html, open, "<!--"))
            {
                position = StartsWith(html, open, "<!--[if") ? End(html, "]>", open) : End(html, "-->", open);
                continue;
            }
            if (position == html.Length || !char.IsAsciiLetter(html[position]))
                continue;
            var name = ReadName(html, ref position);
            while (ReadAttribute(html, name, ref position) is { } value)
            {
                if (value.Length > 0)
                    yield return value;
            }
            if (!HtmlMarkup.HoldsText(name))
                continue;
            var end = html.IndexOf($"</{name}", position, StringComparison.OrdinalIgnoreCase) is var close and >= 0 ? close : html.Length;
            if (name == "style" && end > position)
                yield return new HtmlValue(name, null, position, end - position, IsQuoted: true);
            position = end;
        }
    }

    private static string ReadName(string html, ref int position)
    {
        var start = position;
        while (position < html.Length && !char.IsWhiteSpace(html[position]) && html[position] is not ('/' or '>'))
            position++;
        return html[start..position].ToLowerInvariant();
    }

    /// <returns>The next attribute of the tag, which may be empty; null behind the end of the tag.</returns>
    private static HtmlValue? ReadAttribute(string html, string element, ref int position)
    {
        while (position < html.Length && (char.IsWhiteSpace(html[position]) || html[position] == '/'))
            position++;
        if (position == html.Length)
            return null;
        if (html[position] == '>')
        {
            position++;
            return null;
        }
        var start = position++;
        while (position < html.Length && !char.IsWhiteSpace(html[position]) && html[position] is not ('/' or '>' or '='))
            position++;
        var name = html[start..position].ToLowerInvariant();
        SkipBlanks(html, ref position);
        if (position == html.Length || html[position] != '=')
            return new HtmlValue(element, name, position, 0, IsQuoted: false);
        position++;
        SkipBlanks(html, ref position);
        if (position < html.Length && html[position] is '"' or '\'')
        {
            var quote = html[position];
            start = position + 1;
            var end = html.IndexOf(quote, start) is var close and >= 0 ? close : html.Length;
            position = Math.Min(end + 1, html.Length);
            return new HtmlValue(element, name, start, end - start, IsQuoted: true);
        }
        start = position;
        while (position < html.Length && !char.IsWhiteSpace(html[position]) && html[position] != '>')
            position++;
        return new HtmlValue(element, name, start, position - start, IsQuoted: false);
    }

    private static void SkipBlanks(string html, ref int position)
    {
        while (position < html.Length && char.IsWhiteSpace(html[position]))
            position++;
    }

    private static bool StartsWith(string html, int position, string text) =>
        string.CompareOrdinal(html, position, text, 0, text.Length) == 0;

    private static int End(string html, string mark, int start) =>
        html.IndexOf(mark, start, StringComparison.Ordinal) is var end and >= 0 ? end + mark.Length : html.Length;
}
