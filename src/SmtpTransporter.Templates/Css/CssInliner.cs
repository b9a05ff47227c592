using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using AngleSharp.Html.Parser;

namespace SmtpTransport.Templates;

/// <summary>
/// Writes the rules of style elements into <c>style</c> attributes, which every mail client reads. The HTML changes there only. The style
/// of an element is computed when a template first has it, and looked up in every email after that. Safe for concurrent callers.
/// </summary>
/// <remarks>
/// <para>The parser and the selectors are AngleSharp's. PreMailer.Net 2.7.4 was tried, and is not used: it cuts an unquoted <c>data:</c>
/// URI at its semicolon, keeps the last of several declarations for a property, gives the declarations of a selector that comes twice the
/// place of the second one, changes conditions of Outlook, writes the document anew (as XML behind a doctype of XHTML), and has to do
/// all of it for each email.</para>
/// </remarks>
internal sealed class CssInliner
{
    // Tells an element of the parsed document which tag of the text it is.
    private const string Mark = "data-smtptransporter-tag";

    private const int MaxStyleSheets = 200;
    private const int TypicalDepth = 32;

    private readonly ConcurrentDictionary<string, StyleSheet> _sheets = new(StringComparer.Ordinal);

    /// <returns>The HTML, and whether a rule in it may hide text.</returns>
    public (string Html, bool MayHide) Inline(HtmlMarkup markup)
    {
        var elements = FindStyleElements(markup);
        if (elements.Count == 0)
            return (markup.Text, false);
        var css = elements.ConvertAll(markup.TextAfter);
        var sheet = GetSheet(css);
        return (Write(markup, StylesOf(markup, sheet), elements, sheet.Kept), sheet.MayHide);
    }

    /// <returns>The indexes of the start tags of the style elements for every medium.</returns>
    private static List<int> FindStyleElements(HtmlMarkup markup)
    {
        var found = new List<int>();
        for (var i = 0; i < markup.Tags.Count; i++)
        {
            var tag = markup.Tags[i];
            if (tag.Name == "style" && !tag.IsEnd && markup.Find(tag, "data-embed") is null && IsForAll(markup.ValueOf(tag, "media")))
                found.Add(i);
        }
        return found;
    }

    private static bool IsForAll(string? media) => (media ?? "").Trim().ToLowerInvariant() is "" or "all" or "screen";

    private StyleSheet GetSheet(List<string> css)
    {
        var key = css.Count == 1 ? css[0] : string.Join('\0', css);
        if (_sheets.TryGetValue(key, out var known))
            return known;
        if (_sheets.Count >= MaxStyleSheets)
            _sheets.Clear();
        return _sheets.GetOrAdd(key, new StyleSheet(css));
    }

    /// <returns>For each tag, the value of its <c>style</c> attribute; null if it stays as it is.</returns>
    private static string?[] StylesOf(HtmlMarkup markup, StyleSheet sheet)
    {
        if (!sheet.LooksSideways && TryLookUp(markup, sheet) is { } known)
            return known;
        var keys = KeysOf(markup, sheet);
        var structure = string.Join('\n', keys);
        if (sheet.FindDocument(structure) is { } same)
            return same;
        var (styles, isNested) = Compute(markup, sheet);
        if (isNested && !sheet.LooksSideways)
            Remember(markup, keys, sheet, styles);
        else
            sheet.AddDocument(structure, styles);
        return styles;
    }

    private static string[] KeysOf(HtmlMarkup markup, StyleSheet sheet)
    {
        var key = new ElementKey(markup, sheet);
        return [.. markup.Tags.Select(tag => key.Of(tag).ToString())];
    }

    /// <returns>Null if an element is new, or if the end tags do not tell which elements are within which.</returns>
    private static string?[]? TryLookUp(HtmlMarkup markup, StyleSheet sheet)
    {
        var styles = new string?[markup.Tags.Count];
        var key = new ElementKey(markup, sheet);
        var open = new Stack<(PathNode Node, string Name)>(TypicalDepth);
        for (var i = 0; i < styles.Length; i++)
        {
            var tag = markup.Tags[i];
            if (tag.IsEnd)
            {
                if (!open.TryPop(out var last) || last.Name != tag.Name)
                    return null;
                continue;
            }
            if ((open.TryPeek(out var parent) ? parent.Node : sheet.Root).Find(key.Of(tag)) is not { } node)
                return null;
            styles[i] = node.Style;
            if (!HtmlMarkup.IsVoid(tag.Name))
                open.Push((node, tag.Name));
        }
        return open.Count == 0 ? styles : null;
    }

    private static void Remember(HtmlMarkup markup, string[] keys, StyleSheet sheet, string?[] styles)
    {
        var open = new Stack<PathNode>();
        for (var i = 0; i < keys.Length; i++)
        {
            var tag = markup.Tags[i];
            if (tag.IsEnd)
            {
                open.Pop();
                continue;
            }
            var node = sheet.AddNode(open.TryPeek(out var parent) ? parent : sheet.Root, keys[i], styles[i]);
            if (!HtmlMarkup.IsVoid(tag.Name))
                open.Push(node);
        }
    }

    /// <returns>
    /// The styles, and whether the elements are within one another as their tags are: a parser moves what is in a wrong place, such as a
    /// paragraph in a paragraph, and then the tags around an element do not tell its ancestors.
    /// </returns>
    private static (string?[] Styles, bool IsNested) Compute(HtmlMarkup markup, StyleSheet sheet)
    {
        var styles = new string?[markup.Tags.Count];
        var (marked, parents) = MarkTags(markup);
        var isNested = parents is not null;
        var seen = new HashSet<int>();
        var document = new HtmlParser().ParseDocument(marked);
        foreach (var element in document.All)
        {
            if (IndexOf(element) is not { } index)
                continue;
            // "*" means what is shown.
            styles[index] = element.Closest("head") is null ? sheet.Compute(element) : null;
            var parent = element.ParentElement;
            while (parent is not null && IndexOf(parent) is null)
                parent = parent.ParentElement;
            isNested &= seen.Add(index) && parents?[index] == (parent is null ? -1 : IndexOf(parent));
        }
        return (styles, isNested && seen.Count == markup.Tags.Count(t => !t.IsEnd));
    }

    private static int? IndexOf(AngleSharp.Dom.IElement element) =>
        element.GetAttribute(Mark) is { } mark ? int.Parse(mark, CultureInfo.InvariantCulture) : null;

    /// <returns>The HTML with a number in each start tag, and the number of the tag around each, or -1; null if not nested.</returns>
    private static (string Html, int[]? Parents) MarkTags(HtmlMarkup markup)
    {
        var html = new StringBuilder(markup.Text.Length * 2);
        var parents = new int[markup.Tags.Count];
        var open = new Stack<int>();
        var (copied, isNested) = (0, true);
        for (var i = 0; i < parents.Length; i++)
        {
            var tag = markup.Tags[i];
            if (tag.IsEnd)
            {
                isNested &= open.TryPop(out var last) && markup.Tags[last].Name == tag.Name;
                continue;
            }
            parents[i] = open.TryPeek(out var parent) ? parent : -1;
            if (!HtmlMarkup.IsVoid(tag.Name))
                open.Push(i);
            html.Append(markup.Text, copied, tag.NameEnd - copied).Append(CultureInfo.InvariantCulture, $" {Mark}=\"{i}\"");
            copied = tag.NameEnd;
        }
        html.Append(markup.Text, copied, markup.Text.Length - copied);
        return (html.ToString(), isNested && open.Count == 0 ? parents : null);
    }

    private static string Write(HtmlMarkup markup, string?[] styles, List<int> elements, IReadOnlyList<string> kept)
    {
        var html = new StringBuilder(markup.Text.Length * 2);
        var (copied, element) = (0, 0);
        for (var i = 0; i < styles.Length; i++)
        {
            var tag = markup.Tags[i];
            if (element < elements.Count && elements[element] == i)
            {
                var css = kept[element++];
                HtmlTag? end = i + 1 < markup.Tags.Count ? markup.Tags[i + 1] : null;
                // An element without rules goes, with its end tag.
                if (css.Length == 0)
                    Replace(tag.Start, end?.End ?? markup.Text.Length, "");
                else
                    Replace(tag.End, end?.Start ?? markup.Text.Length, css);
            }
            else if (styles[i] is { } style)
            {
                var old = markup.Find(tag, "style");
                Replace(old?.Start ?? tag.NameEnd, old?.End ?? tag.NameEnd, $"{(old is null ? " " : "")}style=\"{Encode(style)}\"");
            }
        }
        return html.Append(markup.Text, copied, markup.Text.Length - copied).ToString();

        void Replace(int start, int end, string text)
        {
            html.Append(markup.Text, copied, start - copied).Append(text);
            copied = Math.Max(start, end);
        }
    }

    private static string Encode(string style)
    {
        var text = style.Contains('\'', StringComparison.Ordinal) ? style : style.Replace('"', '\'');
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
    }
}
