using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace SmtpTransport.Mailbox;

/// <summary>
/// Prepares the HTML of an email for the frame in the page. The sandbox of the frame and the policy of its response
/// (<see cref="Policy"/>) keep it from running scripts and from loading anything; the removal here is a second protection.
/// </summary>
/// <remarks>
/// The package HtmlSanitizer (10.0.1120 and 11.0.26 were tried) is not used, because a developer must see an email as its recipients do,
/// with its mistakes. By default it removes the text of an unknown element, such as <c>&lt;o:p&gt;</c>, and everything after an unescaped
/// <c>&lt;john@example.com&gt;</c>. With <c>KeepChildNodes</c> it keeps that text, but it still rewrites every style: it loses
/// <c>background-size</c> beside <c>background</c>, and throws an exception for an invalid style such as <c>calc(1px + (2% * 3+)</c>.
/// </remarks>
internal static partial class SafeHtml
{
    /// <summary>No scripts, forms or plug-ins, and no content from outside the email; links open in a new window.</summary>
    public const string Policy = Before + "img-src data:" + After;

    /// <summary>The same, with images from anywhere, for a user who has asked for them.</summary>
    public const string PolicyWithRemoteImages = Before + "img-src data: http: https:" + After;

    private const string Before = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ";

    private const string After =
        "; style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

    private const int MaxImageSize = 10 * 1024 * 1024;

    private static readonly string[] NeverShown =
    [
        "script", "noscript", "base", "link", "meta", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "template",
        "audio", "video", "dialog",
    ];

    /// <param name="html">The HTML of the email.</param>
    /// <param name="attachments">Its attachments, among them the images that the HTML shows.</param>
    /// <param name="withRemoteImages">Whether the images on the web that are backgrounds, or in a <c>srcset</c>, stay as well.</param>
    /// <returns>The HTML to show, and the number of remote images that it would load.</returns>
    public static (string Html, int RemoteImages) Prepare(
        string html, IEnumerable<MailAttachment> attachments, bool withRemoteImages = false)
    {
        var document = new HtmlParser().ParseDocument(html);
        var images = attachments.Where(a => a.Cid is not null).GroupBy(a => a.Cid!)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);
        foreach (var element in document.All.Where(e => NeverShown.Contains(e.LocalName, StringComparer.OrdinalIgnoreCase)).ToList())
            element.Remove();
        var remote = RemoteImages.Find(document);
        foreach (var element in document.All.ToList())
        {
            var background = ShowImage(element.GetAttribute("background") ?? "", images);
            var sources = SourceSet.Read(element.GetAttribute("srcset") ?? "")
                .Select(s => (Address: ShowImage(s.Address, images), s.Descriptor)).Where(s => MayStay(s.Address)).ToList();
            foreach (var attribute in element.Attributes.Where(IsDangerous).ToList())
                element.RemoveAttribute(attribute.NamespaceUri, attribute.LocalName);
            if (MayStay(background))
                element.SetAttribute("background", background);
            if (sources.Count > 0)
                element.SetAttribute("srcset", string.Join(", ", sources.Select(s => $"{s.Address} {s.Descriptor}".TrimEnd())));
            if (element.LocalName is "img" or "input" && element.GetAttribute("src") is { } source)
                element.SetAttribute("src", ShowImage(source, images));
            if (element.GetAttribute("style") is { } style)
                element.SetAttribute("style", ShowImagesOfStyle(style, images));
            if (element.LocalName == "style")
                element.TextContent = ShowImagesOfStyle(element.TextContent, images);
            if (element.LocalName is "a" or "area" && element.HasAttribute("href"))
            {
                element.SetAttribute("target", "_blank");
                element.SetAttribute("rel", "noopener noreferrer nofollow");
            }
        }
        document.Head?.Insert(AdjacentPosition.AfterBegin, "<meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">");
        return (document.DocumentElement.OuterHtml, remote.Count);

        bool MayStay(string address) => IsDataUri(address) || (withRemoteImages && RemoteImages.IsRemote(address));
    }

    private static bool IsDataUri(string address) => address.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    /// <returns>The attached image that the address refers to as a <c>data:</c> URI; the address itself if there is none.</returns>
    private static string ShowImage(string address, Dictionary<string, MailAttachment> images) =>
        address.StartsWith("cid:", StringComparison.OrdinalIgnoreCase)
            && images.TryGetValue(Uri.UnescapeDataString(address[4..]), out var image)
            ? GetDataUri(image) ?? address
            : address;

    private static string ShowImagesOfStyle(string style, Dictionary<string, MailAttachment> images) =>
        style.Contains("cid:", StringComparison.OrdinalIgnoreCase)
            ? StyleCid().Replace(style, match => ShowImage(match.Value, images))
            : style;

    private static string? GetDataUri(MailAttachment image)
    {
        var content = image.GetContent();
        return content.Length <= MaxImageSize && image.Type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            ? $"data:{image.Type};base64,{Convert.ToBase64String(content)}"
            : null;
    }

    private static bool IsDangerous(IAttr attribute) =>
        attribute.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)
        || attribute.LocalName is "srcdoc" or "ping" or "formaction" or "action" or "background" or "autofocus" or "accesskey" or "srcset"
        || (attribute.LocalName is "href" or "src" && IsScript(attribute.Value));

    private static bool IsScript(string url)
    {
        var scheme = new string([.. url.Where(c => !char.IsWhiteSpace(c) && !char.IsControl(c)).Take(11)]);
        return scheme.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase)
            || scheme.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"(?<=url\([""']?)cid:[^""'\s()]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex StyleCid();
}
