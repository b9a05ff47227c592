namespace SmtpTransport;

/// <summary>Whether an element of HTML is shown, as far as it says so itself: style sheets are not applied.</summary>
internal static class HtmlVisibility
{
    public static bool IsHidden(HtmlMarkup markup, HtmlTag tag) =>
        markup.Find(tag, "hidden") is not null || tag.Name switch
        {
            "head" or "title" or "style" or "script" or "template" or "iframe" or "noembed" or "noframes" or "datalist" or "xml" => true,
            "dialog" when markup.Find(tag, "open") is null => true,
            _ => markup.ValueOf(tag, "style") is { } style && HidesContent(style),
        };

    private static bool HidesContent(ReadOnlySpan<char> style)
    {
        var (isFlat, isCut) = (false, false);
        while (style.Length > 0)
        {
            var declaration = TakeUntil(';', ref style);
            if (!declaration.Contains(':'))
                continue;
            var name = TakeUntil(':', ref declaration).Trim();
            var value = TakeUntil('!', ref declaration).Trim();
            if (Is(name, "display") ? Is(value, "none")
                : Is(name, "visibility") ? Is(value, "hidden", "collapse")
                : Is(name, "opacity") && Is(value, "0", "0.0", "0%"))
            {
                return true;
            }
            if (Is(name, "height", "max-height"))
                isFlat |= Is(value, "0", "0px", "0%");
            else if (Is(name, "overflow"))
                isCut |= Is(value, "hidden");
        }
        // The usual form of a preheader: a box without a height that cuts off its content.
        return isFlat && isCut;
    }

    /// <returns>The text in front of the mark, or all of it; the rest is what is behind the mark.</returns>
    private static ReadOnlySpan<char> TakeUntil(char mark, ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(mark);
        var taken = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return taken;
    }

    private static bool Is(ReadOnlySpan<char> text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
