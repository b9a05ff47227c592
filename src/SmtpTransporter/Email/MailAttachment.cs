using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A file of a mail, from disk, from memory or from a stream. Immutable. One over a file or bytes may be shared by concurrent sends; one
/// over a stream by one send at a time.
/// </summary>
public sealed class MailAttachment
{
    private readonly Func<bool, CancellationToken, ValueTask<Stream>> _open;

    private MailAttachment(
        Func<bool, CancellationToken, ValueTask<Stream>> open, string? path, string name, string? cid, string? type, string? disposition)
    {
        _open = open;
        Path = path;
        Name = name;
        Cid = cid;
        Type = type ?? MimeTypes.GetMimeType(name);
        Disposition = disposition ?? (cid is null ? "attachment" : "inline");
    }

    /// <summary>The name that the receiver sees; never a path.</summary>
    public string Name { get; }

    /// <summary>The Content-ID, without angle brackets, by which HTML refers to it (<c>cid:…</c>, RFC 2392); null for none.</summary>
    public string? Cid { get; }

    /// <summary>The media type (RFC 2046). Default: by the name's extension, else <c>application/octet-stream</c>.</summary>
    public string Type { get; }

    /// <summary><c>attachment</c> or <c>inline</c> (RFC 2183). Default: <c>inline</c> with a cid, <c>attachment</c> without.</summary>
    public string Disposition { get; }

    /// <summary>The file's path as it was given; null where the attachment is no file.</summary>
    public string? Path { get; }

    /// <summary>
    /// An attachment from a file. The file is opened when the mail is sent, and streamed; one that is missing or unreadable then is a
    /// result of the send, before anything is sent.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name to show. Default: the file's name.</param>
    /// <param name="cid">The Content-ID.</param>
    /// <param name="type">The media type.</param>
    /// <param name="disposition">The disposition.</param>
    public static MailAttachment FromFile(string path, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new((_, _) => new(File.OpenRead(path)), path, WithoutPath(name ?? path), cid, type, disposition);
    }

    /// <summary>An attachment from bytes, which are not copied: leave them as they are until the mail is sent.</summary>
    /// <param name="bytes">The contents.</param>
    /// <param name="name">The name to show. Default: a random one.</param>
    /// <param name="cid">The Content-ID.</param>
    /// <param name="type">The media type.</param>
    /// <param name="disposition">The disposition.</param>
    public static MailAttachment FromBytes(byte[] bytes, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new((_, _) => new(new MemoryStream(bytes, writable: false)), null, WithoutPath(name ?? RandomName()), cid, type, disposition);
    }

    /// <summary>
    /// An attachment from a stream, read from its present position when the mail is sent. It is not closed. A stream that cannot seek is then
    /// copied, so that the mail can be sent again: up to 1 MiB into memory, more into a temporary file that goes with the attachment.
    /// </summary>
    /// <param name="stream">The contents.</param>
    /// <param name="name">The name to show. Default: a random one.</param>
    /// <param name="cid">The Content-ID.</param>
    /// <param name="type">The media type.</param>
    /// <param name="disposition">The disposition.</param>
    public static MailAttachment FromStream(Stream stream, string? name = null, string? cid = null, string? type = null, string? disposition = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new(new StreamSource(stream).OpenAsync, null, WithoutPath(name ?? RandomName()), cid, type, disposition) { LeavesOpen = true };
    }

    /// <summary>The contents, whole.</summary>
    /// <exception cref="IOException">The file or stream cannot be read.</exception>
    public byte[] GetContent()
    {
        var stream = _open(false, CancellationToken.None).GetCompletedResult();
        try
        {
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }
        finally
        {
            if (!LeavesOpen)
                stream.Dispose();
        }
    }

    internal bool LeavesOpen { get; private init; }

    /// <summary>Opens the content. A stream that cannot seek is read now.</summary>
    internal ValueTask<Stream> OpenAsync(bool async, CancellationToken cancellationToken) => _open(async, cancellationToken);

    // Both separators on every system: the name may come from another one.
    private static string WithoutPath(string name) => name[(name.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } last ? last : RandomName();

    private static string RandomName() => System.IO.Path.GetRandomFileName();
}
