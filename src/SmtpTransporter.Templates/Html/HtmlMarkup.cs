using System.Net;

namespace SmtpTransport.Templates;

/// <summary>
/// The tags of an HTML document and where they are, so that a few attributes can be changed and everything else stays as it was written.
/// Comments, and with them what only Outlook reads, have no tags.
/// </summary>
internal sealed class HtmlMarkup
{
    // Their content is text (WHATWG HTML, sections 13.2.6.4.4 and 13.2.6.4.7).
    private static readonly HashSet<string> TextElements = new(StringComparer.Ordinal)
    {
        "iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp",
    };

    private static readonly HashSet<string> VoidElements = new(StringComparer.Ordinal)
    {
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param",
        "source", "track", "wbr",
    };

    private readonly List<HtmlTag> _tags = [];
    private readonly List<HtmlAttribute> _attributes = [];

    private HtmlMarkup(string text) => Text = text;

    public string Text { get; }

    public IReadOnlyList<HtmlTag> Tags => _tags;

    public static bool IsVoid(string name) => VoidElements.Contains(name);

    public static HtmlMarkup Read(string text)
    {
        var markup = new HtmlMarkup(text);
        var position = text.IndexOf('<', StringComparison.Ordinal);
        while (position >= 0 && position < text.Length)
            position = text.IndexOf('<', markup.ReadAt(position)) is var next and >= 0 ? next : text.Length;
        return markup;
    }

    public IEnumerable<HtmlAttribute> AttributesOf(HtmlTag tag)
    {
        for (var i = 0; i < tag.AttributeCount; i++)
            yield return _attributes[tag.FirstAttribute + i];
    }

    public HtmlAttribute? Find(HtmlTag tag, string name)
    {
        // The first one counts if there are several.
        for (var i = 0; i < tag.AttributeCount; i++)
        {
            if (_attributes[tag.FirstAttribute + i].Name == name)
                return _attributes[tag.FirstAttribute + i];
        }
        return null;
    }

    /// <returns>The decoded value; null without the attribute.</returns>
    public string? ValueOf(HtmlTag tag, string name) => Find(tag, name) is { } found ? WebUtility.HtmlDecode(RawValue(found)) : null;

    public string RawValue(HtmlAttribute attribute) => Text[attribute.ValueStart..attribute.ValueEnd];

    /// <returns>The text between a start tag and the tag behind it.</returns>
    public string TextAfter(int index) => Text[_tags[index].End..(index + 1 < _tags.Count ? _tags[index + 1].Start : Text.Length)];

    /// <returns>The position behind the tag or comment that begins here.</returns>
    private int ReadAt(int start)
    {
        var next = start + 1 < Text.Length ? Text[start + 1] : '\0';
        if (char.IsAsciiLetter(next))
            return ReadTag(start, start + 1, isEnd: false);
        if (next == '/' && start + 2 < Text.Length && char.IsAsciiLetter(Text[start + 2]))
            return ReadTag(start, start + 2, isEnd: true);
        if (Text.AsSpan(start).StartsWith("<!--", StringComparison.Ordinal))
            return After("-->", start + 2);
        return next is '!' or '?' or '/' ? After(">", start + 2) : start + 1;
    }

    private int After(string end, int from) =>
        from < Text.Length && Text.IndexOf(end, from, StringComparison.Ordinal) is var found and >= 0 ? found + end.Length : Text.Length;

    private int ReadTag(int start, int nameStart, bool isEnd)
    {
        var nameEnd = nameStart;
        while (nameEnd < Text.Length && !char.IsWhiteSpace(Text[nameEnd]) && Text[nameEnd] is not ('/' or '>'))
            nameEnd++;
        var name = Lower(nameStart, nameEnd);
        var first = _attributes.Count;
        var end = ReadAttributes(nameEnd);
        _tags.Add(new HtmlTag(name, start, nameEnd, end, isEnd, first, _attributes.Count - first));
        return isEnd || !TextElements.Contains(name) ? end : SkipText(name, end);
    }

    private int SkipText(string name, int position)
    {
        while (position < Text.Length)
        {
            var close = Text.IndexOf("</", position, StringComparison.Ordinal);
            if (close < 0)
                return Text.Length;
            var end = close + 2 + name.Length;
            if (end <= Text.Length
                && Text.AsSpan(close + 2, name.Length).Equals(name, StringComparison.OrdinalIgnoreCase)
                && (end == Text.Length || char.IsWhiteSpace(Text[end]) || Text[end] is '/' or '>'))
            {
                return close;
            }
            position = close + 2;
        }
        return position;
    }

    /// <returns>The position behind the tag's ">".</returns>
    private int ReadAttributes(int position)
    {
        while (position < Text.Length)
        {
            if (Text[position] == '>')
                return position + 1;
            if (char.IsWhiteSpace(Text[position]) || Text[position] == '/')
                position++;
            else
                position = ReadAttribute(position);
        }
        return position;
    }

    private int ReadAttribute(int start)
    {
        var nameEnd = start + 1;
        while (nameEnd < Text.Length && !char.IsWhiteSpace(Text[nameEnd]) && Text[nameEnd] is not ('/' or '>' or '='))
            nameEnd++;
        var name = Lower(start, nameEnd);
        var equals = SkipSpace(nameEnd);
        if (equals >= Text.Length || Text[equals] != '=')
        {
            _attributes.Add(new HtmlAttribute(name, start, nameEnd, nameEnd, nameEnd));
            return nameEnd;
        }
        var valueStart = SkipSpace(equals + 1);
        int valueEnd, end;
        if (valueStart < Text.Length && Text[valueStart] is '"' or '\'')
        {
            valueEnd = Text.IndexOf(Text[valueStart], valueStart + 1) is var close and >= 0 ? close : Text.Length;
            end = Math.Min(valueEnd + 1, Text.Length);
            valueStart++;
        }
        else
        {
            valueEnd = valueStart;
            while (valueEnd < Text.Length && !char.IsWhiteSpace(Text[valueEnd]) && Text[valueEnd] != '>')
                valueEnd++;
            end = valueEnd;
        }
        _attributes.Add(new HtmlAttribute(name, start, Math.Min(valueStart, valueEnd), valueEnd, end));
        return end;
    }

    private int SkipSpace(int position)
    {
        while (position < Text.Length && char.IsWhiteSpace(Text[position]))
            position++;
        return position;
    }

    private string Lower(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (char.IsAsciiLetterUpper(Text[i]))
                return Text[start..end].ToLowerInvariant();
        }
        return Text[start..end];
    }
}
