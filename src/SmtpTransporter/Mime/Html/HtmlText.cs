using System.Net;
using System.Text;
using MimeKit.Text;

namespace SmtpTransport;

/// <summary>
/// Converts HTML to text for recipients who do not see HTML: paragraphs, lists, links and the alternative texts of images, without tables
/// and markup.
/// </summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();
    private readonly Stack<int> _lists = new();
    private readonly Stack<(string? Address, int Start)> _links = new();
    private int _hidden;
    private int _preformatted;
    private int _wanted;
    private bool _blank;

    public static string Of(string html)
    {
        var text = new HtmlText();
        var tokenizer = new HtmlTokenizer(new StringReader(html));
        while (tokenizer.ReadNextToken(out var token))
            text.Take(token);
        return text._text.ToString().Trim('\n', ' ') + "\n";
    }

    private void Take(HtmlToken token)
    {
        if (token is HtmlTagToken tag)
            Tag(tag);
        else if (token is HtmlDataToken data and not HtmlScriptDataToken && _hidden == 0)
            Words(data.Data);
    }

    private void Tag(HtmlTagToken tag)
    {
        switch (tag.Id)
        {
            case HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Head or HtmlTagId.Title:
                if (!tag.IsEmptyElement)
                    _hidden = Math.Max(0, _hidden + (tag.IsEndTag ? -1 : 1));
                break;
            case HtmlTagId.Body:
                _hidden = 0;
                break;
            case HtmlTagId.Br:
                Break(1, hard: true);
                break;
            case HtmlTagId.Pre:
                Break(2);
                _preformatted = Math.Max(0, _preformatted + (tag.IsEndTag ? -1 : 1));
                break;
            case HtmlTagId.P or HtmlTagId.BlockQuote or HtmlTagId.Table
                or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4 or HtmlTagId.H5 or HtmlTagId.H6:
                Break(2);
                break;
            case HtmlTagId.Div or HtmlTagId.TR or HtmlTagId.Section or HtmlTagId.Article
                or HtmlTagId.Header or HtmlTagId.Footer or HtmlTagId.DT or HtmlTagId.DD:
                Break(1);
                break;
            case HtmlTagId.TD or HtmlTagId.TH:
                _blank = true;
                break;
            case HtmlTagId.HR:
                Break(1);
                Words("---");
                Break(1);
                break;
            case HtmlTagId.UL or HtmlTagId.OL:
                List(tag);
                break;
            case HtmlTagId.LI when !tag.IsEndTag:
                Item();
                break;
            case HtmlTagId.A:
                Link(tag);
                break;
            case HtmlTagId.Image when !tag.IsEndTag && _hidden == 0:
                Words(Attribute(tag, HtmlAttributeId.Alt) ?? "");
                break;
        }
    }

    private void List(HtmlTagToken tag)
    {
        Break(_lists.Count == 0 || (_lists.Count == 1 && tag.IsEndTag) ? 2 : 1);
        if (!tag.IsEndTag)
            _lists.Push(tag.Id == HtmlTagId.OL ? 1 : 0);
        else
            _lists.TryPop(out _);
    }

    private void Item()
    {
        Break(1);
        var number = _lists.TryPop(out var next) ? next : 0;
        if (_lists.Count > 0 || number >= 0)
            _lists.Push(number == 0 ? 0 : number + 1);
        Flush();
        _text.Append(' ', Math.Min(20, 2 * Math.Max(0, _lists.Count - 1))).Append(number == 0 ? "- " : $"{number}. ");
    }

    /// <summary>Writes the address of a link after its text, unless both are the same.</summary>
    private void Link(HtmlTagToken tag)
    {
        if (!tag.IsEndTag)
        {
            _links.Push((Attribute(tag, HtmlAttributeId.Href), _text.Length));
            return;
        }
        if (!_links.TryPop(out var link) || link.Address is null || _hidden > 0)
            return;
        var words = _text.ToString(Math.Min(link.Start, _text.Length), Math.Max(0, _text.Length - link.Start)).Trim();
        var shown = link.Address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? link.Address[7..] : link.Address;
        if (shown.StartsWith('#')
            || shown.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase)
            || words.Equals(shown.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
        {
            return;
        }
        if (words.Length > 0)
            _text.Append(" (").Append(shown).Append(')');
        else
            Words(shown);
    }

    private void Words(string data)
    {
        if (_preformatted > 0)
        {
            Flush();
            _text.Append(data.Replace("\r\n", "\n", StringComparison.Ordinal));
            return;
        }
        foreach (var c in data)
        {
            // A no-break space is kept; any other white space becomes one space.
            if (c != '\u00A0' && char.IsWhiteSpace(c))
            {
                _blank = true;
                continue;
            }
            Flush();
            _text.Append(c == '\u00A0' ? ' ' : c);
        }
    }

    private void Break(int lines, bool hard = false)
    {
        if (_hidden > 0)
            return;
        _blank = false;
        _wanted = hard ? _wanted + lines : Math.Max(_wanted, lines);
    }

    private void Flush()
    {
        if (_text.Length > 0)
        {
            var there = 0;
            while (there < _text.Length && _text[^(there + 1)] == '\n')
                there++;
            if (_wanted > 0)
                _text.Append('\n', Math.Max(0, Math.Min(_wanted, 3) - there));
            else if (_blank && there == 0)
                _text.Append(' ');
        }
        (_wanted, _blank) = (0, false);
    }

    private static string? Attribute(HtmlTagToken tag, HtmlAttributeId id) =>
        tag.Attributes.FirstOrDefault(a => a.Id == id)?.Value is { } value ? WebUtility.HtmlDecode(value) : null;
}
