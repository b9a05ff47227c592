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
    public static string Of(string? name, string? type) => WithoutPath(name) ?? $"attachment{Extension(type)}";

    /// <summary>The given name; without one, that of the file.</summary>
    public static string OfFile(string path, string? name, string? type) => WithoutPath(name) ?? Of(path, type);

    /// <summary>
    /// The given name; without one, that by the media type. If neither is given, a random name, without an extension: that could be one of
    /// a type which the content does not have.
    /// </summary>
    public static string OfContent(string? name, string? type) =>
        WithoutPath(name)
        ?? (string.IsNullOrEmpty(type) ? Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal) : Of(null, type));

    /// <summary>Whether many servers refuse an attachment with this name.</summary>
    public static bool IsRefused(string name) => Refused.Contains(Path.GetExtension(name).TrimStart('.'));

    private static string? WithoutPath(string? name) =>
        name?[(name.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } last ? last : null;

    private static string Extension(string? type)
    {
        var bare = (type ?? "application/octet-stream").Split(';')[0].Trim();
        return MimeTypes.TryGetExtension(bare, out var extension) && !IsRefused(extension) ? extension : "";
    }
}
