using System.Globalization;
using System.Net;
using MimeKit.Text;

namespace SmtpTransport;

/// <summary>Turns the images of HTML into attachments: <c>data:</c> URIs (RFC 2397), and files in one folder.</summary>
internal sealed class HtmlImages(string? folder)
{
    private readonly Dictionary<string, string?> _cids = new(StringComparer.Ordinal);

    public List<MailAttachment> Found { get; } = [];

    public string Rewrite(string html)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        // Unchanged markup is written as it was read.
        var tokenizer = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = false };
        while (tokenizer.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken { IsEndTag: false, Id: HtmlTagId.Image } tag
                && tag.Attributes.Any(a => a.Id == HtmlAttributeId.Src && Cid(a.Value) is not null))
                WriteTag(writer, tag);
            else
                token.WriteTo(writer);
        }
        return writer.ToString();
    }

    private void WriteTag(TextWriter writer, HtmlTagToken tag)
    {
        writer.Write($"<{tag.Name}");
        foreach (var attribute in tag.Attributes)
        {
            var value = attribute.Id == HtmlAttributeId.Src && Cid(attribute.Value) is { } cid ? $"cid:{cid}" : attribute.Value;
            writer.Write($" {attribute.Name}");
            if (value is not null)
                writer.Write($"=\"{value.Replace("\"", "&quot;", StringComparison.Ordinal)}\"");
        }
        writer.Write(tag.IsEmptyElement ? " />" : ">");
    }

    /// <summary>Returns the cid of the attachment that an address became; null if the address remains.</summary>
    private string? Cid(string? source)
    {
        if (string.IsNullOrWhiteSpace(source))
            return null;
        if (_cids.TryGetValue(source, out var known))
            return known;
        var address = WebUtility.HtmlDecode(source).Trim();
        var cid = string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}@images");
        var attachment = address.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? FromData(address, cid) : FromFile(address, cid);
        if (attachment is not null)
            Found.Add(attachment);
        return _cids[source] = attachment is null ? null : cid;
    }

    private MailAttachment? FromData(string address, string cid)
    {
        var comma = address.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
            throw new FormatException("The data: URI of an image has no comma.");
        var head = address[5..comma].Split(';', StringSplitOptions.TrimEntries);
        var type = head[0].Length == 0 ? "text/plain" : head[0].ToLowerInvariant();
        var data = DataUriBytes.Decode(address[(comma + 1)..], head.Contains("base64", StringComparer.OrdinalIgnoreCase));
        var name = string.Create(CultureInfo.InvariantCulture, $"image{Found.Count + 1}{Extension(type)}");
        return MailAttachment.FromBytes(data, name, cid, type);
    }

    private MailAttachment? FromFile(string address, string cid)
    {
        // A scheme ("https:", "cid:", "C:") or a host does not refer to the folder.
        if (folder is null
            || address.StartsWith("//", StringComparison.Ordinal)
            || address.Split('/', '?', '#')[0].Contains(':', StringComparison.Ordinal))
        {
            return null;
        }
        var relative = Uri.UnescapeDataString(address.Split('?', '#')[0]);
        var root = Path.GetFullPath(folder) + (Path.EndsInDirectorySeparator(folder) ? "" : Path.DirectorySeparatorChar);
        var path = Path.GetFullPath(Path.Combine(root, relative));
        // The HTML may come from someone else: it must not attach other files of this machine.
        if (Path.IsPathRooted(relative) || !path.StartsWith(root, StringComparison.Ordinal))
            throw new FormatException($"The image \"{address}\" is outside the folder.");
        return File.Exists(path)
            ? MailAttachment.FromFile(path, cid: cid)
            : throw new FileNotFoundException($"The image \"{address}\" does not exist.", path);
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
}
