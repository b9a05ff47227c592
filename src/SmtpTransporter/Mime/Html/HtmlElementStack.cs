namespace SmtpTransport;

/// <summary>
/// The elements that are open while HTML is read. Elements whose end tag is missing end where browsers end them (WHATWG HTML,
/// section 13.2.6).
/// </summary>
/// <param name="ended">Called for each element that ends and was shown.</param>
internal sealed class HtmlElementStack(Action<HtmlElement> ended)
{
    // Browsers have this limit as well. It bounds the work for each tag.
    private const int MaxDepth = 512;

    private static readonly string[] Cells = ["td", "th", "caption"];
    private static readonly string[] Groups = ["tbody", "thead", "tfoot"];
    private static readonly string[] TableOrCell = ["table", .. Cells];
    private static readonly string[] AroundParagraphs = [.. TableOrCell, "button"];
    private static readonly string[] AroundItems = ["ul", "ol", "menu", "dir", .. TableOrCell];
    private static readonly string[] AroundTerms = ["dl", .. TableOrCell];
    private static readonly string[] AroundOptions = ["select", .. TableOrCell];

    private readonly List<HtmlElement> _open = [];
    private int _hidden;
    private int _preformatted;

    /// <summary>Whether an element that is open is not shown.</summary>
    public bool IsHidden => _hidden > 0;

    /// <summary>Whether an element that is open keeps white space.</summary>
    public bool IsPreformatted => _preformatted > 0;

    /// <summary>Whether an element has no content and no end tag.</summary>
    public static bool IsVoid(string name) => name == "image" || HtmlMarkup.IsVoid(name);

    /// <summary>Ends the elements that end where an element of this name begins.</summary>
    public void BeginElement(string name)
    {
        if (!IsHeadContent(name))
            End(["head"], []);
        if (EndsParagraph(name))
            End(["p"], AroundParagraphs);
        switch (name)
        {
            case "li":
                End(["li"], AroundItems);
                break;
            case "dt" or "dd":
                End(["dt", "dd"], AroundTerms);
                break;
            case "option" or "optgroup":
                End(["option"], AroundOptions);
                break;
            case "a":
                End(["a"], TableOrCell);
                break;
            case "td" or "th":
                End(Cells, ["table"]);
                break;
            case "tr":
                End(["tr"], ["table"]);
                break;
            case "tbody" or "thead" or "tfoot":
                End(["tr"], ["table"]);
                End(Groups, ["table"]);
                break;
        }
    }

    public void Push(HtmlElement element)
    {
        if (_open.Count == MaxDepth)
            return;
        _open.Add(element);
        if (element.IsHidden)
            _hidden++;
        if (IsPreformattedElement(element.Name))
            _preformatted++;
    }

    /// <summary>Ends the innermost element of a name, and the elements in it. An end tag that belongs to no element is ignored.</summary>
    public void EndElement(string name)
    {
        var isTablePart = name is "table" or "tr" || Has(Cells, name) || Has(Groups, name);
        End([name], name == "table" ? [] : isTablePart ? ["table"] : TableOrCell);
    }

    /// <summary>Ends all elements.</summary>
    public void EndAll() => EndFrom(0);

    /// <returns>The innermost open element with one of these names; null if there is none.</returns>
    public HtmlElement? Find(params ReadOnlySpan<string> names)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (Has(names, _open[i].Name))
                return _open[i];
        }
        return null;
    }

    private void End(ReadOnlySpan<string> names, ReadOnlySpan<string> within)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var name = _open[i].Name;
            if (Has(names, name))
            {
                // <b><p>One</b> two</p> is one paragraph.
                if (IsFormatting(name))
                    EndAt(i);
                else
                    EndFrom(i);
                return;
            }
            if (Has(within, name))
                return;
        }
    }

    private void EndFrom(int index)
    {
        while (_open.Count > index)
            EndAt(_open.Count - 1);
    }

    private void EndAt(int index)
    {
        var element = _open[index];
        _open.RemoveAt(index);
        if (IsPreformattedElement(element.Name))
            _preformatted--;
        if (element.IsHidden)
            _hidden--;
        else if (element.HasBegun && !IsHidden)
            ended(element);
    }

    private static bool Has(ReadOnlySpan<string> names, string name)
    {
        foreach (var one in names)
        {
            if (one == name)
                return true;
        }
        return false;
    }

    private static bool IsHeadContent(string name) => name is "base" or "basefont" or "bgsound" or "link" or "meta" or "title"
        or "noscript" or "noframes" or "style" or "script" or "template";

    private static bool EndsParagraph(string name) => name is "address" or "article" or "aside" or "blockquote" or "center" or "dd"
        or "details" or "dialog" or "dir" or "div" or "dl" or "dt" or "fieldset" or "figcaption" or "figure" or "footer" or "form" or "h1"
        or "h2" or "h3" or "h4" or "h5" or "h6" or "header" or "hgroup" or "hr" or "li" or "main" or "menu" or "nav" or "ol" or "p"
        or "plaintext" or "pre" or "search" or "section" or "summary" or "table" or "ul" or "xmp";

    private static bool IsFormatting(string name) => name is "a" or "abbr" or "b" or "bdi" or "bdo" or "big" or "cite" or "code" or "del"
        or "dfn" or "em" or "font" or "i" or "ins" or "kbd" or "label" or "mark" or "nobr" or "q" or "s" or "samp" or "small" or "span"
        or "strike" or "strong" or "sub" or "sup" or "time" or "tt" or "u" or "var";

    private static bool IsPreformattedElement(string name) => name is "pre" or "listing" or "xmp" or "plaintext" or "textarea";
}
