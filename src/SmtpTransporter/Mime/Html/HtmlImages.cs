using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// Turns the images of HTML into attachments: <c>data:</c> URIs (RFC 2397), and files in one folder. The HTML changes in the addresses of
/// these images only.
/// </summary>
internal sealed partial class HtmlImages(string? folder)
{
    private readonly Dictionary<string, string?> _cids = new(StringComparer.Ordinal);

    public List<MailAttachment> Found { get; } = [];

    public string Rewrite(string html)
    {
        StringBuilder? result = null;
        var copied = 0;
        foreach (var value in HtmlValues.Find(html))
        {
            if (!MayHaveImage(value, html.AsSpan(value.Start, value.Length))
                || GetReplacement(value, html.Substring(value.Start, value.Length)) is not { } replacement)
                continue;
            result ??= new StringBuilder(html.Length);
            result.Append(html, copied, value.Start - copied).Append(replacement);
            copied = value.Start + value.Length;
        }
        return result is null ? html : result.Append(html, copied, html.Length - copied).ToString();
    }

    /// <summary>Passes over the many values that need no closer look.</summary>
    private static bool MayHaveImage(HtmlValue value, ReadOnlySpan<char> written) => value.Attribute switch
    {
        // A reference such as "&#117;" may be a letter of "url".
        null or "style" => written.Contains("url", StringComparison.OrdinalIgnoreCase) || written.Contains('&'),
        "background" or "poster" or "srcset" or "src" => true,
        _ => false,
    };

    /// <returns>What is written instead of a value; null if it has no image that becomes an attachment.</returns>
    private string? GetReplacement(HtmlValue value, string written)
    {
        if (value.Attribute is null)
            return RewriteStyle(written);
        var decoded = WebUtility.HtmlDecode(written);
        var changed = (value.Element, value.Attribute) switch
        {
            (_, "style") => RewriteStyle(decoded),
            (_, "background") or ("video", "poster") => IsImage(decoded.Trim()) ? GetCid(decoded) : null,
            ("img" or "source", "srcset") => RewriteSourceSet(decoded),
            ("img" or "image" or "input" or "v:fill" or "v:image" or "v:imagedata", "src") => GetCid(decoded),
            _ => null,
        };
        return changed is null ? null : value.IsQuoted ? Encode(changed) : $"\"{Encode(changed)}\"";
    }

    private static string Encode(string value) => value
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>Replaces the images in <c>url()</c>; fonts and style sheets remain.</summary>
    private string? RewriteStyle(string style)
    {
        var isChanged = false;
        var changed = StyleUrl().Replace(style, match =>
        {
            var address = match.Groups["url"].Value;
            // A backslash begins an escape of CSS.
            var isRead = address.Length > 0 && !address.Contains('\\', StringComparison.Ordinal) && IsImage(address);
            if (!isRead || GetCid(address) is not { } cid)
                return match.Value;
            isChanged = true;
            return $"url({cid})";
        });
        return isChanged ? changed : null;
    }

    /// <summary>Replaces the addresses of a list such as <c>a.png, b.png 2x</c> (WHATWG HTML, section 4.8.4.2.1).</summary>
    private string? RewriteSourceSet(string list)
    {
        var result = new StringBuilder(list.Length);
        var (isChanged, position) = (false, 0);
        while (position < list.Length)
        {
            var start = position;
            while (position < list.Length && (char.IsWhiteSpace(list[position]) || list[position] == ','))
                position++;
            result.Append(list, start, position - start);
            start = position;
            while (position < list.Length && !char.IsWhiteSpace(list[position]))
                position++;
            // A comma within an address belongs to it, as in data: URIs.
            var address = list[start..position].TrimEnd(',');
            var cid = GetCid(address);
            isChanged |= cid is not null;
            result.Append(cid ?? address);
            start += address.Length;
            position = list.IndexOf(',', start) is var comma and >= 0 ? comma : list.Length;
            result.Append(list, start, position - start);
        }
        return isChanged ? result.ToString() : null;
    }

    private static bool IsImage(string address) =>
        DataUri.IsDataUri(address)
            ? address.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase)
            : MimeTypes.GetMimeType(address.Split('?', '#')[0]).StartsWith("image/", StringComparison.Ordinal);

    /// <returns>The <c>cid:</c> URL of the attachment that an address became; null if the address remains.</returns>
    private string? GetCid(string source)
    {
        var address = source.Trim();
        // A placeholder is replaced later.
        if (address.Length == 0 || address.Contains("{{", StringComparison.Ordinal))
            return null;
        if (_cids.TryGetValue(address, out var known))
            return known;
        var attachment = DataUri.IsDataUri(address) ? FromData(address) : FromFile(address);
        if (attachment is not null)
            Found.Add(attachment);
        return _cids[address] = attachment is null ? null : $"cid:{attachment.Cid}";
    }

    private static string NewCid() => string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@images");

    private MailAttachment FromData(string address)
    {
        var image = DataUri.Parse(address);
        var name = string.Create(CultureInfo.InvariantCulture, $"image{Found.Count + 1}{Extension(image.Type)}");
        return MailAttachment.FromBytes(image.Content, name, NewCid(), image.Type);
    }

    private MailAttachment? FromFile(string address)
    {
        // A scheme ("https:", "cid:", "C:") or a host does not refer to the folder.
        var path = address.Split('?', '#')[0];
        if (folder is null
            || path.Length == 0
            || path.StartsWith("//", StringComparison.Ordinal)
            || path.Split('/')[0].Contains(':', StringComparison.Ordinal))
        {
            return null;
        }
        var relative = Uri.UnescapeDataString(path);
        var root = Path.GetFullPath(folder) + (Path.EndsInDirectorySeparator(folder) ? "" : Path.DirectorySeparatorChar);
        var file = Path.GetFullPath(Path.Combine(root, relative));
        // The HTML may come from someone else: it must not attach other files of this machine.
        if (relative.StartsWith('/'))
        {
            throw new FormatException(
                $"The image \"{address}\" is outside the folder, for it begins with \"/\". Write its path below the folder: "
                + $"\"{address.TrimStart('/')}\".");
        }
        if (Path.IsPathRooted(relative) || !file.StartsWith(root, StringComparison.Ordinal))
            throw new FormatException($"The image \"{address}\" is outside the folder.");
        return File.Exists(file)
            ? MailAttachment.FromFile(file, cid: NewCid())
            : throw new FileNotFoundException(
                $"The image \"{address}\" does not exist in \"{folder}\"{OtherCase(root, relative)}.", file);
    }

    /// <returns>Which file has the path in other letters, as on a machine that ignores their case; empty if none has.</returns>
    private static string OtherCase(string root, string relative)
    {
        var found = root;
        foreach (var part in relative.Split('/'))
        {
            var next = Directory.Exists(found)
                ? Directory.EnumerateFileSystemEntries(found).FirstOrDefault(
                    e => Path.GetFileName(e).Equals(part, StringComparison.OrdinalIgnoreCase))
                : null;
            if (next is null)
                return "";
            found = next;
        }
        return File.Exists(found) ? $"; there is \"{Path.GetRelativePath(root, found).Replace('\\', '/')}\"" : "";
    }

    private static string Extension(string type) => type switch
    {
        "image/png" => ".png",
        "image/jpeg" or "image/jpg" => ".jpg",
        "image/gif" => ".gif",
        "image/svg+xml" => ".svg",
        "image/webp" => ".webp",
        _ => "",
    };

    // Comments are matched so that what is in them is passed over.
    [GeneratedRegex(
        """/\*[\s\S]*?(?:\*/|\z)|url\((?>\s*)(?:"(?<url>[^"\n]*)"|'(?<url>[^'\n]*)'|(?<url>(?>[^\s()"']*)))(?>\s*)\)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex StyleUrl();
}
