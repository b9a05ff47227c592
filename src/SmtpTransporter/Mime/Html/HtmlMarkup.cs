using System.Runtime.InteropServices;

namespace SmtpTransport;

/// <summary>
/// The tags and comments of an HTML document and where they are (WHATWG HTML, section 13.2.5), so that a few attributes can be changed and
/// everything else stays as it was written. Comments, and with them what only Outlook reads, have no tags.
/// </summary>
internal sealed class HtmlMarkup
{
    // Their content is text (WHATWG HTML, sections 13.2.6.4.4 and 13.2.6.4.7).
    private static readonly HashSet<string> TextElements = new(StringComparer.Ordinal)
    {
        "iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp",
    };

    private static readonly HashSet<string> VoidElements = new(StringComparer.Ordinal)
    {
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param",
        "source", "track", "wbr",
    };

    private readonly List<HtmlTag> _tags;
    private readonly List<HtmlAttribute> _attributes;
    private readonly List<Range> _comments = [];

    private HtmlMarkup(string text)
    {
        Text = text;
        _tags = new(text.Length / 16);
        _attributes = new(text.Length / 32);
    }

    public string Text { get; }

    public IReadOnlyList<HtmlTag> Tags => _tags;

    /// <summary>The comments, and what browsers read as one, in their order.</summary>
    public IReadOnlyList<Range> Comments => _comments;

    public static bool IsVoid(string name) => VoidElements.Contains(name);

    /// <summary>Whether the content of an element is text, in which there are no tags.</summary>
    public static bool HoldsText(string name) => TextElements.Contains(name);

    public static HtmlMarkup Read(string text)
    {
        var markup = new HtmlMarkup(text);
        var position = text.IndexOf('<', StringComparison.Ordinal);
        while (position >= 0 && position < text.Length)
            position = text.IndexOf('<', markup.ReadAt(position)) is var next and >= 0 ? next : text.Length;
        return markup;
    }

    public ReadOnlySpan<HtmlAttribute> AttributesOf(HtmlTag tag) =>
        CollectionsMarshal.AsSpan(_attributes).Slice(tag.FirstAttribute, tag.AttributeCount);

    /// <returns>The name as it is written: HTML compares names without case.</returns>
    public ReadOnlySpan<char> NameOf(HtmlAttribute attribute) => Text.AsSpan(attribute.Start..attribute.NameEnd);

    public HtmlAttribute? Find(HtmlTag tag, string name)
    {
        // The first one counts if there are several.
        foreach (var attribute in AttributesOf(tag))
        {
            if (NameOf(attribute).Equals(name, StringComparison.OrdinalIgnoreCase))
                return attribute;
        }
        return null;
    }

    /// <returns>The decoded value; null without the attribute.</returns>
    public string? ValueOf(HtmlTag tag, string name) => Find(tag, name) is { } found ? HtmlReferences.DecodeValue(RawValue(found)) : null;

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
        if (next is not ('!' or '?' or '/') || start + 2 == Text.Length)
            return start + 1;
        var end = Text.AsSpan(start).StartsWith("<!--", StringComparison.Ordinal) ? After("-->", start + 2) : After(">", start + 2);
        _comments.Add(start..end);
        return end;
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
        return isEnd || !HoldsText(name) ? end : SkipText(name, end);
    }

    private int SkipText(string name, int position)
    {
        // Nothing ends plain text.
        while (position < Text.Length && name != "plaintext")
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
        return Text.Length;
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
        var equals = SkipSpace(nameEnd);
        if (equals >= Text.Length || Text[equals] != '=')
        {
            _attributes.Add(new HtmlAttribute(start, nameEnd, nameEnd, nameEnd, nameEnd));
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
        _attributes.Add(new HtmlAttribute(start, nameEnd, Math.Min(valueStart, valueEnd), valueEnd, end));
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
