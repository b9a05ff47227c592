using System.Globalization;
using MimeKit.Text;

namespace SmtpTransport;

/// <summary>
/// Converts HTML to text for recipients who do not see HTML: paragraphs, lists, rows of tables, links and the alternative texts of images.
/// </summary>
internal sealed class HtmlText
{
    private readonly HtmlMarkup _markup;
    private readonly HtmlTextLayout _layout;
    private readonly HtmlElementStack _elements;
    private bool _isStartOfPreformatted;
    private int _comment;

    private HtmlText(HtmlMarkup markup)
    {
        _markup = markup;
        _layout = new HtmlTextLayout(capacity: markup.Text.Length / 2);
        _elements = new HtmlElementStack(End);
    }

    public static string Of(string html)
    {
        var text = new HtmlText(HtmlMarkup.Read(html));
        text.Read();
        text._elements.EndAll();
        return text._layout.ToString();
    }

    private void Read()
    {
        var (position, isDecoded) = (0, true);
        foreach (var tag in _markup.Tags)
        {
            AddText(position, tag.Start, isDecoded);
            if (tag.IsEnd)
                EndTag(tag.Name);
            else
                StartTag(tag);
            position = tag.End;
            isDecoded = tag.IsEnd || tag.Name is not ("xmp" or "plaintext");
        }
        AddText(position, _markup.Text.Length, isDecoded);
    }

    /// <summary>Adds the text between two tags, without the comments in it.</summary>
    private void AddText(int start, int end, bool isDecoded)
    {
        for (; _comment < _markup.Comments.Count && _markup.Comments[_comment].End.Value <= end; _comment++)
        {
            AddText(_markup.Text.AsSpan(start.._markup.Comments[_comment].Start.Value), isDecoded);
            start = _markup.Comments[_comment].End.Value;
        }
        AddText(_markup.Text.AsSpan(start..end), isDecoded);
    }

    private void AddText(ReadOnlySpan<char> text, bool isDecoded)
    {
        if (text.IsEmpty || _elements.IsHidden)
            return;
        if (isDecoded && text.Contains('&'))
            text = HtmlUtils.HtmlDecode(text.ToString());
        if (!_elements.IsPreformatted)
            _layout.AddWords(text);
        else
            _layout.AddPreformatted(_isStartOfPreformatted && text[0] == '\n' ? text[1..] : text);
        _isStartOfPreformatted = false;
    }

    private void StartTag(HtmlTag tag)
    {
        var name = tag.Name;
        _elements.BeginElement(name);
        var isHidden = HtmlVisibility.IsHidden(_markup, tag);
        var element = new HtmlElement(name, isHidden)
        {
            HasBegun = !isHidden && !_elements.IsHidden,
            Address = name == "a" ? HtmlLink.GetAddress(_markup.ValueOf(tag, "href")) : null,
            Start = _layout.Length,
            NextNumber = name == "ol" ? GetNumber(tag, "start") ?? 1 : null,
        };
        if (element.HasBegun)
            Begin(element, tag);
        if (!HtmlElementStack.IsVoid(name))
            _elements.Push(element);
    }

    private void EndTag(string name)
    {
        // Browsers read </br> as <br>.
        if (name == "br" && !_elements.IsHidden)
            _layout.BreakLine();
        _elements.EndElement(name);
    }

    private void Begin(HtmlElement element, HtmlTag tag)
    {
        switch (element.Name)
        {
            case "br":
                _layout.BreakLine();
                break;
            case "hr":
                _layout.Break(1);
                _layout.AddWords("---");
                _layout.Break(1);
                break;
            case "img" or "image":
                _layout.AddWords(_markup.ValueOf(tag, "alt") ?? "");
                break;
            case "ul" or "ol" or "menu" or "dir":
                _layout.Break(_layout.Indent == 0 ? 2 : 1);
                _layout.Indent++;
                break;
            case "li":
                BeginItem(tag);
                break;
            case "table":
                _layout.BeginTable();
                break;
            case "tr":
                _layout.BeginRow();
                break;
            case "td" or "th":
                _layout.BeginCell();
                break;
            default:
                _isStartOfPreformatted = element.Name is "pre" or "listing" or "textarea";
                _layout.Break(BreaksAround(element.Name));
                break;
        }
    }

    private void End(HtmlElement element)
    {
        switch (element.Name)
        {
            case "a":
                var words = _layout.Read(element.Start).Trim();
                if (HtmlLink.GetAddition(element.Address, words) is not { } addition)
                    break;
                if (words.Length == 0)
                    _layout.AddWords(addition);
                else
                    _layout.Append($" ({addition})");
                break;
            case "ul" or "ol" or "menu" or "dir":
                _layout.Indent--;
                _layout.Break(_layout.Indent == 0 ? 2 : 1);
                break;
            case "li":
                _layout.EndItem();
                break;
            case "table":
                _layout.EndTable();
                break;
            case "tr":
                _layout.EndRow();
                break;
            case "td" or "th":
                _layout.EndCell();
                break;
            default:
                _layout.Break(BreaksAround(element.Name));
                break;
        }
    }

    private void BeginItem(HtmlTag tag)
    {
        var list = _elements.Find("ul", "ol", "menu", "dir");
        var number = list?.NextNumber is { } next ? GetNumber(tag, "value") ?? next : (int?)null;
        if (number is not null)
            list!.NextNumber = number == int.MaxValue ? number : number + 1;
        _layout.BeginItem(number is null ? "- " : string.Create(CultureInfo.InvariantCulture, $"{number}. "));
    }

    /// <summary>2 for a blank line around the element, 1 for lines of its own, 0 for text in a line.</summary>
    private static int BreaksAround(string name) => name switch
    {
        "p" or "blockquote" or "pre" or "listing" or "xmp" or "plaintext" or "dl" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" => 2,
        "address" or "article" or "aside" or "button" or "caption" or "center" or "dd" or "details" or "dialog" or "div" or "dt"
            or "fieldset" or "figcaption" or "figure" or "footer" or "form" or "header" or "hgroup" or "legend" or "main" or "nav"
            or "optgroup" or "option" or "search" or "section" or "select" or "summary" or "textarea" => 1,
        _ => 0,
    };

    private int? GetNumber(HtmlTag tag, string name) =>
        int.TryParse(_markup.ValueOf(tag, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
