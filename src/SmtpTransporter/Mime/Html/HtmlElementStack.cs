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

    private static readonly HashSet<string> HeadContent =
        ["base", "basefont", "bgsound", "link", "meta", "title", "noscript", "noframes", "style", "script", "template"];

    private static readonly HashSet<string> EndsParagraph =
    [
        "address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "main", "menu",
        "nav", "ol", "p", "plaintext", "pre", "search", "section", "summary", "table", "ul", "xmp",
    ];

    private static readonly HashSet<string> Formatting =
    [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "nobr", "q",
        "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    ];

    private static readonly string[] Cells = ["td", "th", "caption"];
    private static readonly string[] Groups = ["tbody", "thead", "tfoot"];
    private static readonly string[] TableOrCell = ["table", .. Cells];

    private readonly List<HtmlElement> _open = [];
    private readonly Dictionary<string, int> _counts = [];
    private int _hidden;

    /// <summary>Whether an element that is open is not shown.</summary>
    public bool IsHidden => _hidden > 0;

    /// <summary>Whether an element has no content and no end tag.</summary>
    public static bool IsVoid(string name) => name is "area" or "base" or "basefont" or "bgsound" or "br" or "col" or "embed" or "frame"
        or "hr" or "image" or "img" or "input" or "keygen" or "link" or "meta" or "param" or "source" or "track" or "wbr";

    /// <summary>Ends the elements that end where an element of this name begins.</summary>
    public void BeginElement(string name)
    {
        if (!HeadContent.Contains(name))
            End(["head"], []);
        if (EndsParagraph.Contains(name))
            End(["p"], [.. TableOrCell, "button"]);
        switch (name)
        {
            case "li":
                End(["li"], ["ul", "ol", "menu", "dir", .. TableOrCell]);
                break;
            case "dt" or "dd":
                End(["dt", "dd"], ["dl", .. TableOrCell]);
                break;
            case "option" or "optgroup":
                End(["option"], ["select", .. TableOrCell]);
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
        _counts[element.Name] = _counts.GetValueOrDefault(element.Name) + 1;
        if (element.IsHidden)
            _hidden++;
    }

    /// <summary>Ends the innermost element of a name, and the elements in it. An end tag that belongs to no element is ignored.</summary>
    public void EndElement(string name)
    {
        var isTablePart = name is "table" or "tr" || Cells.Contains(name) || Groups.Contains(name);
        End([name], name == "table" ? [] : isTablePart ? ["table"] : TableOrCell);
    }

    /// <summary>Ends all elements.</summary>
    public void EndAll() => EndFrom(0);

    /// <returns>The number of open elements with one of these names.</returns>
    public int Count(params ReadOnlySpan<string> names)
    {
        var count = 0;
        foreach (var name in names)
            count += _counts.GetValueOrDefault(name);
        return count;
    }

    /// <returns>The innermost open element with one of these names; null if there is none.</returns>
    public HtmlElement? Find(params ReadOnlySpan<string> names)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (names.Contains(_open[i].Name))
                return _open[i];
        }
        return null;
    }

    private void End(ReadOnlySpan<string> names, ReadOnlySpan<string> within)
    {
        if (Count(names) == 0)
            return;
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var name = _open[i].Name;
            if (names.Contains(name))
            {
                // <b><p>One</b> two</p> is one paragraph.
                if (Formatting.Contains(name))
                    EndAt(i);
                else
                    EndFrom(i);
                return;
            }
            if (within.Contains(name))
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
        _counts[element.Name]--;
        if (!IsHidden)
            ended(element);
        else if (element.IsHidden)
            _hidden--;
    }
}
