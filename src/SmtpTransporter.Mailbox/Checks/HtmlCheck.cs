using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;

namespace SmtpTransport.Mailbox;

/// <summary>Finds what a message's HTML has that some email programs do not show. Safe for concurrent callers.</summary>
internal static partial class HtmlCheck
{
    /// <returns>What was found, first what the most programs do not show.</returns>
    public static IReadOnlyList<HtmlFeatureView> Find(string html)
    {
        var document = new HtmlParser().ParseDocument(html);
        var elements = document.All.ToList();
        var sheet = Comment().Replace(string.Join('\n', elements.Where(e => e.LocalName == "style").Select(e => e.TextContent)), "");
        var rules = AtRule().Matches(sheet).Select(m => m.Value).ToList();
        // Without the conditions of @media, which look like declarations.
        var blocks = AtRule().Replace(sheet, "");
        var selectors = Selector().Matches(blocks).Select(m => m.Value).ToList();
        var declarations = elements.Select(e => e.GetAttribute("style")).OfType<string>()
            .Concat(Block().Matches(blocks).Select(m => m.Value))
            .SelectMany(style => Declaration().Matches(style))
            .Select(m => (Property: m.Groups[1].Value.ToLowerInvariant(), Value: m.Groups[2].Value.Trim().ToLowerInvariant())).ToList();
        var images = elements.Where(e => e.LocalName == "img").Select(e => e.GetAttribute("src")).OfType<string>().ToList();

        return
        [
            .. HtmlFeature.All.Select(feature => View(feature, Count(feature))).Where(view => view.Count > 0)
                .OrderByDescending(view => view.Clients.Count).ThenBy(view => view.Name, StringComparer.Ordinal),
        ];

        int Count(HtmlFeature feature) => feature.Kind switch
        {
            "property" when feature.Name.Split(": ") is [var name, var value] =>
                declarations.Count(d => d.Property == name && d.Value.Split(' ')[0].EndsWith(value, StringComparison.Ordinal)),
            "property" => declarations.Count(d => d.Property == feature.Name),
            "function" => declarations.Count(d => HasFunction(d.Value, feature.Name)),
            "rule" => rules.Count(r => r.Contains(feature.Name, StringComparison.OrdinalIgnoreCase)),
            "selector" => selectors.Count(s => s.Contains(feature.Name, StringComparison.OrdinalIgnoreCase)),
            "element" => elements.Count(e => e.LocalName == feature.Name),
            "attribute" => elements.Count(e => e.HasAttribute(feature.Name)),
            _ => images.Count(i => HasImage(i, feature.Name)),
        };
    }

    private static HtmlFeatureView View(HtmlFeature feature, int count) =>
        new(feature.Kind, feature.Name, count, feature.Clients, $"{HtmlFeature.Site}{feature.Feature}/", feature.Tested);

    private static bool HasFunction(string value, string name)
    {
        for (var at = value.IndexOf(name + "(", StringComparison.Ordinal);
            at >= 0;
            at = value.IndexOf(name + "(", at + 1, StringComparison.Ordinal))
        {
            // "max(" is not in "minmax(", nor "linear-gradient(" in "repeating-linear-gradient(".
            if (at == 0 || !(char.IsAsciiLetterOrDigit(value[at - 1]) || value[at - 1] == '-'))
                return true;
        }
        return false;
    }

    private static bool HasImage(string address, string part) =>
        part.EndsWith(':')
            ? address.StartsWith(part, StringComparison.OrdinalIgnoreCase)
            : address.Split('?', '#')[0].EndsWith(part, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Comment();

    [GeneratedRegex("@[^{;]*", RegexOptions.CultureInvariant)]
    private static partial Regex AtRule();

    [GeneratedRegex("[^{};]+(?={)", RegexOptions.CultureInvariant)]
    private static partial Regex Selector();

    [GeneratedRegex("{[^{}]*", RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<![\w-])(-{0,2}[A-Za-z][\w-]*)\s*:\s*([^;{}]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}
