using System.Globalization;
using System.Text;
using MimeKit.Text;

namespace SmtpTransport;

/// <summary>
/// Converts HTML to text for recipients who do not see HTML: paragraphs, lists, rows of tables, links and the alternative texts of images.
/// </summary>
internal sealed class HtmlText
{
    private readonly HtmlTextLayout _layout = new();
    private readonly HtmlElementStack _elements;
    private bool _isStartOfPreformatted;

    private HtmlText() => _elements = new HtmlElementStack(End);

    public static string Of(string html)
    {
        var text = new HtmlText();
        text.Read(html);
        text._elements.EndAll();
        return text._layout.ToString();
    }

    private void Read(string html)
    {
        var tokenizer = new HtmlTokenizer(new StringReader(html));
        // The tokenizer does not read the markup in a noscript element.
        StringBuilder? noScript = null;
        while (tokenizer.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken { IsEndTag: true } end)
            {
                if (noScript is not null && end.Id == HtmlTagId.NoScript)
                {
                    Read(noScript.ToString());
                    noScript = null;
                }
                EndTag(end.Name.ToLowerInvariant());
            }
            else if (token is HtmlTagToken tag)
            {
                StartTag(tag, tag.Name.ToLowerInvariant());
                if (tag is { Id: HtmlTagId.NoScript, IsEmptyElement: false })
                    noScript = new StringBuilder();
            }
            else if (token is HtmlDataToken data and not HtmlScriptDataToken)
            {
                if (noScript is null)
                    Data(data.Data);
                else
                    noScript.Append(data.Data);
            }
        }
    }

    private void Data(string data)
    {
        if (_elements.IsHidden)
            return;
        if (!_elements.IsPreformatted)
            _layout.AddWords(data);
        else
            _layout.AddPreformatted(_isStartOfPreformatted && data.StartsWith('\n') ? data[1..] : data);
        _isStartOfPreformatted = false;
    }

    private void StartTag(HtmlTagToken tag, string name)
    {
        _elements.BeginElement(name);
        var isHidden = HtmlVisibility.IsHidden(tag, name);
        var element = new HtmlElement(name, isHidden)
        {
            HasBegun = !isHidden && !_elements.IsHidden,
            Address = name == "a" ? HtmlLink.GetAddress(GetValue(tag, "href")) : null,
            Start = _layout.Length,
            NextNumber = name == "ol" ? GetNumber(tag, "start") ?? 1 : null,
        };
        if (element.HasBegun)
            Begin(element, tag);
        if (HtmlElementStack.IsVoid(name))
            return;
        _elements.Push(element);
        if (tag.IsEmptyElement)
            _elements.EndElement(name);
    }

    private void EndTag(string name)
    {
        // Browsers read </br> as <br>.
        if (name == "br" && !_elements.IsHidden)
            _layout.BreakLine();
        _elements.EndElement(name);
    }

    private void Begin(HtmlElement element, HtmlTagToken tag)
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
                _layout.AddWords(GetValue(tag, "alt") ?? "");
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

    private void BeginItem(HtmlTagToken tag)
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

    private static int? GetNumber(HtmlTagToken tag, string name) =>
        int.TryParse(GetValue(tag, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    // The tokenizer has decoded the value.
    private static string? GetValue(HtmlTagToken tag, string name)
    {
        for (var i = 0; i < tag.Attributes.Count; i++)
        {
            if (tag.Attributes[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return tag.Attributes[i].Value;
        }
        return null;
    }
}
