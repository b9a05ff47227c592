using MimeKit;

namespace SmtpTransport;

/// <summary>A file that is attached to an email: from disk, from memory or from a stream.</summary>
/// <remarks>
/// A name, a cid, a type or a disposition of <c>""</c> means that it is not given. Immutable. It may be used by concurrent sends; those
/// that read the same stream take turns, so do not use the stream elsewhere meanwhile.
/// </remarks>
public sealed class MailAttachment
{
    private readonly Func<bool, CancellationToken, ValueTask<Stream>> _open;

    private MailAttachment(
        Func<bool, CancellationToken, ValueTask<Stream>> open, string? path, string name, string? cid, string? type, string? disposition)
    {
        _open = open;
        Path = path;
        Name = name;
        Cid = string.IsNullOrEmpty(cid) ? null : cid;
        Type = string.IsNullOrEmpty(type) ? MimeTypes.GetMimeType(name) : type;
        Disposition = !string.IsNullOrEmpty(disposition) ? disposition : Cid is null ? "attachment" : "inline";
    }

    /// <summary>The name that the recipient sees; never a path.</summary>
    public string Name { get; }

    /// <summary>
    /// The Content-ID without angle brackets, by which the HTML refers to it (<c>cid:…</c>, RFC 2392). Null, the default, for none.
    /// </summary>
    public string? Cid { get; }

    /// <summary>The media type (RFC 2046). Default: by the extension of the name, otherwise <c>application/octet-stream</c>.</summary>
    public string Type { get; }

    /// <summary>
    /// The disposition, <c>attachment</c> or <c>inline</c> (RFC 2183). Default: <c>inline</c> with a cid, <c>attachment</c> without.
    /// </summary>
    public string Disposition { get; }

    /// <summary>The file's path as it was given; null if the attachment is not from a file.</summary>
    public string? Path { get; }

    /// <summary><see cref="Path"/> with the separators of this system; null if the attachment is not from a file.</summary>
    public string? PlatformPath => Path?.Replace(System.IO.Path.AltDirectorySeparatorChar, System.IO.Path.DirectorySeparatorChar);

    /// <summary>Creates an attachment from a file, which is opened and streamed when the email is sent.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="name">The name that the recipient sees. Default: the name of the file.</param>
    /// <param name="cid">The Content-ID without angle brackets. Default none.</param>
    /// <param name="type">The media type. Default: by the extension of the name.</param>
    /// <param name="disposition"><c>attachment</c> or <c>inline</c>. Default: see <see cref="Disposition"/>.</param>
    /// <returns>The attachment.</returns>
    /// <remarks>A file that is missing or unreadable is an error of the send, before anything is sent.</remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    public static MailAttachment FromFile(
        string path, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new((_, _) => new(File.OpenRead(path)), path, AttachmentNames.OfFile(path, name, type), cid, type, disposition);
    }

    /// <summary>Creates an attachment from bytes, which are not copied: do not change them before the email is sent.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="name">The name that the recipient sees. Default: one by the media type if it is given, such as
    /// <c>attachment.pdf</c>; otherwise a random one without an extension.</param>
    /// <param name="cid">The Content-ID without angle brackets. Default none.</param>
    /// <param name="type">The media type. Default: by the extension of the name.</param>
    /// <param name="disposition"><c>attachment</c> or <c>inline</c>. Default: see <see cref="Disposition"/>.</param>
    /// <returns>The attachment.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="bytes"/> is null.</exception>
    public static MailAttachment FromBytes(
        byte[] bytes, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(
            (_, _) => new(new MemoryStream(bytes, writable: false)), null, AttachmentNames.OfContent(name, type), cid, type, disposition);
    }

    /// <summary>Creates an attachment from a stream, which is read from its current position when the email is sent.</summary>
    /// <param name="stream">The content. It remains open.</param>
    /// <param name="name">The name that the recipient sees. Default: one by the media type if it is given, such as
    /// <c>attachment.pdf</c>; otherwise a random one without an extension.</param>
    /// <param name="cid">The Content-ID without angle brackets. Default none.</param>
    /// <param name="type">The media type. Default: by the extension of the name.</param>
    /// <param name="disposition"><c>attachment</c> or <c>inline</c>. Default: see <see cref="Disposition"/>.</param>
    /// <returns>The attachment.</returns>
    /// <remarks>
    /// A stream that cannot seek is copied at the first send, so that the email can be sent again: up to 1 MiB into memory, more into a
    /// temporary file that is deleted with the attachment. A read that blocks is not interrupted by a synchronous send: use
    /// <see cref="ISmtpTransporter.SendAsync(Email, CancellationToken)"/> for a stream that may be slow.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    public static MailAttachment FromStream(
        Stream stream, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var source = new StreamSource(stream);
        return new(source.OpenAsync, null, AttachmentNames.OfContent(name, type), cid, type, disposition);
    }

    /// <summary>Creates the attachment of a part that was read. Its content is decoded whenever it is opened.</summary>
    internal static MailAttachment FromPart(MailPart part, Func<Stream> open) =>
        new((_, _) => new(open()), null, AttachmentNames.Of(part.Name, part.Type), part.Cid, part.Type, part.Disposition);

    /// <summary>Reads the whole content into memory.</summary>
    /// <returns>The content.</returns>
    /// <exception cref="IOException">The file or stream cannot be read.</exception>
    public byte[] GetContent()
    {
        using var stream = _open(false, CancellationToken.None).GetCompletedResult();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>Opens the content. A stream that cannot seek is read now.</summary>
    internal ValueTask<Stream> OpenAsync(bool async, CancellationToken cancellationToken) => _open(async, cancellationToken);
}
