using MimeKit;

namespace SmtpTransport;

/// <summary>The names of attachments: which one an attachment without a name gets, and which ones many servers refuse.</summary>
internal static class AttachmentNames
{
    // Extensions that Gmail and Microsoft 365 refuse, even in archives.
    private static readonly HashSet<string> Refused = new(
        ("ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img ins iso isp jar "
            + "jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif "
            + "ps1 scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll").Split(' '),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The name without its path; without a name, one by the media type, always the same.</summary>
    /// <param name="name">A name or a path with the separators of any system; null for none.</param>
    /// <param name="type">The media type, possibly with parameters; null for none.</param>
    public static string Of(string? name, string? type) =>
        name?[(name.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } last ? last : $"attachment{Extension(type)}";

    /// <summary>Whether many servers refuse an attachment with this name.</summary>
    public static bool IsRefused(string name) => Refused.Contains(Path.GetExtension(name).TrimStart('.'));

    private static string Extension(string? type)
    {
        var bare = (type ?? "application/octet-stream").Split(';')[0].Trim();
        return MimeTypes.TryGetExtension(bare, out var extension) && !IsRefused(extension) ? extension : "";
    }
}
