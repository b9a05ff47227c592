using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace SmtpTransport.Mailbox;

/// <summary>Finds the links and images of a message, and what is wrong with their addresses, without requesting any of them.</summary>
internal static partial class LinkCheck
{
    public static IReadOnlyList<LinkView> Find(Email email)
    {
        var views = new List<LinkView>();
        if (email.HtmlBody is { } html)
        {
            var document = new HtmlParser().ParseDocument(html);
            views.AddRange(document.QuerySelectorAll("a[href], area[href]").Select(link => ViewLink(link, document)));
            views.AddRange(document.QuerySelectorAll("img").Select(image => ViewImage(image, email.Attachments)));
        }
        views.AddRange(
            Address().Matches(email.TextBody ?? "").Select(m => m.Value.TrimEnd('.', ',', ';', ':', '!', '?', ')', '\''))
                .Where(address => !views.Exists(v => v.Address == address)).Distinct(StringComparer.Ordinal)
                .Select(address => new LinkView("text", address, "", [.. JudgeAddress(address)])));
        return views;
    }

    private static LinkView ViewLink(IElement link, IParentNode document)
    {
        var address = link.GetAttribute("href")!.Trim();
        var text = Space().Replace(link.TextContent, " ").Trim();
        return new LinkView("link", address, text, [.. Judge()]);

        IEnumerable<string> Judge()
        {
            if (address.StartsWith('#'))
                return address.Length > 1 && document.QuerySelectorAll("[id], [name]").Any(IsTarget)
                    ? []
                    : [$"The email has no element with the id \"{address[1..]}\"."];
            return JudgeAddress(address).Concat(JudgeText(address, text));
        }

        bool IsTarget(IElement element) => element.Id == address[1..] || element.GetAttribute("name") == address[1..];
    }

    private static LinkView ViewImage(IElement image, IEnumerable<MailAttachment> attachments)
    {
        var address = image.GetAttribute("src")?.Trim() ?? "";
        return new LinkView("image", Shorten(address), image.GetAttribute("alt") ?? "", [.. Judge()]);

        IEnumerable<string> Judge()
        {
            if (!image.HasAttribute("alt"))
                yield return "The image has no alt attribute: a reader that does not load images shows nothing for it.";
            if (address.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
                yield break;
            if (address.StartsWith("cid:", StringComparison.OrdinalIgnoreCase))
            {
                var id = Uri.UnescapeDataString(address[4..]);
                if (!attachments.Any(a => string.Equals(a.Cid, id, StringComparison.OrdinalIgnoreCase)))
                    yield return $"No attachment has the Content-ID \"{id}\".";
                yield break;
            }
            foreach (var problem in JudgeAddress(address))
                yield return problem;
        }
    }

    private static IEnumerable<string> JudgeAddress(string address)
    {
        if (address.Length == 0)
            return ["There is no address."];
        if (!Scheme().IsMatch(address))
            return ["The address is relative, but an email has no site that it belongs to: write it with https:// and a host."];
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            return ["The address is not a valid URL."];
        if (uri.Scheme is "mailto" or "tel" or "sms")
            return [];
        if (uri.Scheme is not ("http" or "https"))
            return [$"Email programs do not open addresses that begin with \"{uri.Scheme}:\"."];
        if (IsLocal(uri))
            return [$"Only this machine or its network can reach the host {uri.Host}."];
        return uri.Scheme == "http" ? ["The connection is not encrypted: write https://."] : [];
    }

    private static IEnumerable<string> JudgeText(string address, string text)
    {
        // What looks like an address, but leads to another site.
        if (Address().Match(text) is { Success: true } shown
            && Uri.TryCreate(shown.Value, UriKind.Absolute, out var shownUri)
            && Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && !string.Equals(shownUri.Host, uri.Host, StringComparison.OrdinalIgnoreCase))
            yield return $"The text shows {shownUri.Host}, and the link leads to {uri.Host}: filters take that for phishing.";
    }

    /// <summary>Whether the address is in a link-local network (RFC 3927; RFC 4291, section 2.5.6).</summary>
    public static bool IsLinkLocal(Uri uri) => AddressOf(uri) is { } address && IsLinkLocal(address);

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || address.GetAddressBytes() is [169, 254, _, _];

    /// <summary>The IP address that stands in the place of the host; null if that is a name.</summary>
    private static IPAddress? AddressOf(Uri uri) =>
        !IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) ? null
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address;

    private static bool IsLocal(Uri uri)
    {
        if (AddressOf(uri) is { } address)
            return IsLocal(address);
        return uri.IsLoopback || !uri.Host.Contains('.', StringComparison.Ordinal)
            || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsLocal(IPAddress address)
    {
        if (IsLinkLocal(address))
            return true;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return IPAddress.IsLoopback(address) || address.IsIPv6UniqueLocal;
        var bytes = address.GetAddressBytes();
        // RFC 1122, section 3.2.1.3; RFC 1918.
        return bytes[0] is 0 or 10 or 127
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168);
    }

    private static string Shorten(string address) =>
        address.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && address.Length > 60 ? address[..60] + "…" : address;

    [GeneratedRegex(@"https?://[^\s<>""]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*:", RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Space();
}
