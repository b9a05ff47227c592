using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace SmtpTransport.Mailbox;

/// <summary>Finds the images that a reader loads from elsewhere when it shows HTML.</summary>
internal static partial class RemoteImages
{
    /// <returns>The addresses of the document's images on the web, each once: in attributes, in style attributes and in styles.</returns>
    public static IReadOnlySet<string> Find(IDocument document) =>
        document.All.SelectMany(FindIn).Where(IsRemote).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether the address is on the web, rather than in the message.</summary>
    public static bool IsRemote(string address) =>
        address.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("//", StringComparison.Ordinal);

    private static IEnumerable<string> FindIn(IElement element)
    {
        var images = element.LocalName switch
        {
            "img" => [OfImage(element)],
            "input" => [Value(element, "src")],
            // Of SVG.
            "image" => [Value(element, "href"), Value(element, "xlink:href")],
            "style" => OfStyle(element.TextContent),
            _ => [],
        };
        return images.Append(Value(element, "background")).Concat(OfStyle(Value(element, "style")));
    }

    /// <returns>One of the addresses among which a browser chooses.</returns>
    private static string OfImage(IElement image)
    {
        var sources = image.ParentElement is { LocalName: "picture" } picture ? picture.Children.Where(c => c.LocalName == "source") : [];
        return sources.Append(image).SelectMany(e => SourceSet.Read(Value(e, "srcset"))).Select(c => c.Address)
            .Prepend(Value(image, "src")).FirstOrDefault(IsRemote) ?? "";
    }

    private static IEnumerable<string> OfStyle(string style) =>
        style.Contains("url", StringComparison.OrdinalIgnoreCase)
            ? Urls().Matches(style).Select(m => m.Groups["url"].Value.Trim()).Where(url => url.Length > 0)
            : [];

    private static string Value(IElement element, string attribute) => element.GetAttribute(attribute)?.Trim() ?? "";

    // Comments are passed over, and so are style sheets and fonts, which the page never loads.
    [GeneratedRegex(
        @"/\*[\s\S]*?(?:\*/|\z)|@import[^;]*|@font-face\s*\{[^}]*\}"
        + """|url\((?>\s*)(?:"(?<url>[^"\n]*)"|'(?<url>[^'\n]*)'|(?<url>[^\s()"']*))""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Urls();
}
