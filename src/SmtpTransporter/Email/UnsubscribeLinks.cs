using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// Makes and reads the links by which recipients unsubscribe (RFC 8058): each has a token with the address and the stream, which nobody
/// can make without the key.
/// </summary>
/// <remarks>
/// The token is signed (HMAC with SHA-256, 128 bits of it), not encrypted: whoever has the link can read the address. It does not expire,
/// because old emails must be able to unsubscribe too. Immutable and thread-safe.
/// </remarks>
public sealed class UnsubscribeLinks
{
    /// <summary>The minimum length of a key, in bytes.</summary>
    public const int MinKeyLength = 32;

    private const int SignatureLength = 16;
    private const int MaxTokenLength = 2048;

    // RFC 5322, section 2.1.1: a line has at most 998 characters, and an URL is not folded.
    private const int MaxLinkLength = 900;

    private static readonly byte[] Purpose = "SmtpTransport.Unsubscribe.1\0"u8.ToArray();

    private readonly byte[][] _keys;

    /// <summary>Makes links to an application.</summary>
    /// <param name="url">Where it listens, without the token: an https URL such as <c>https://example.com/u</c>.</param>
    /// <param name="keys">
    /// Secret keys of at least 32 random bytes each, the same in all processes. The first one signs, all of them are accepted: a new key
    /// comes first, and an old one stays as long as its links are to work.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The URL is not https, or has a query or a fragment; there is no key, or a short one.</exception>
    public UnsubscribeLinks(Uri url, params IEnumerable<byte[]> keys)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(keys);
        if (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps || url.Query.Length + url.Fragment.Length > 0)
        {
            throw new ArgumentException(
                $"url is \"{url}\"; allowed: an https URL without query and fragment, such as https://example.com/u (RFC 8058).",
                nameof(url));
        }
        Url = url;
        _keys = [.. keys.Select(k => k?.ToArray() ?? [])];
        if (_keys.Length == 0)
            throw new ArgumentException("There is no key; allowed: one or more, the one that signs first.", nameof(keys));
        if (Array.Find(_keys, k => k.Length < MinKeyLength) is { } tooShort)
        {
            throw new ArgumentException(
                $"A key has {tooShort.Length} bytes; allowed: at least {MinKeyLength} random ones.", nameof(keys));
        }
    }

    /// <summary>Where the application listens, without the token.</summary>
    public Uri Url { get; }

    /// <summary>Makes the link of a recipient.</summary>
    /// <param name="address">The address.</param>
    /// <param name="stream">The kind of emails from which it unsubscribes. Default: all.</param>
    /// <returns>An https URL.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// A suppression list would not take the address or the stream (<see cref="Suppression.FindError"/>), or both are too long for a line
    /// of a header.
    /// </exception>
    public Uri CreateLink(string address, string? stream = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (FindError(address, stream) is { } error)
            throw new ArgumentException(error, Suppression.FindStreamError(stream) is null ? nameof(address) : nameof(stream));
        var content = Encoding.UTF8.GetBytes($"{stream}\0{address.Trim()}");
        byte[] token = [.. Sign(_keys[0], content), .. content];
        var text = Convert.ToBase64String(token).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var link = $"{Url.AbsoluteUri.TrimEnd('/')}/{text}";
        return link.Length <= MaxLinkLength
            ? new Uri(link)
            : throw new ArgumentException(
                $"The link has {link.Length} characters; allowed: at most {MaxLinkLength}. Take a shorter stream or URL.", nameof(address));
    }

    /// <summary>
    /// Adds the header fields for which mail clients show a button to unsubscribe, with the link of an email's recipient, who unsubscribes
    /// from the email's stream.
    /// </summary>
    /// <param name="email">
    /// The email. Its recipient is set, in its <see cref="Email.Envelope"/> if it has one, and its <see cref="Email.Stream"/>.
    /// </param>
    /// <param name="mailto">An address, or a <c>mailto:</c> URL, to which an email unsubscribes. Default none.</param>
    /// <remarks>
    /// As <see cref="Email.AddListUnsubscribe"/>: a DKIM signature covers both fields (<c>ServerOptions.Dkim</c>).
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The email has no recipient, or more than one: the link is of one person. Or it has no stream: whoever means all emails gives
    /// <see cref="Email.AddListUnsubscribe"/> a link without a stream. Or its stream or <paramref name="mailto"/> is not valid.
    /// </exception>
    public void AddTo(Email email, string? mailto = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        string[] all = email.Envelope is { } envelope
            ? [.. envelope.Recipients]
            : [.. email.To.Concat(email.Cc).Concat(email.Bcc).Select(a => a.Email)];
        if (all is not [var recipient])
        {
            throw new ArgumentException(
                $"The email has {all.Length} recipients; a link to unsubscribe needs one: send each recipient an email.", nameof(email));
        }
        if (email.Stream is null)
        {
            throw new ArgumentException(
                "The email has no stream: its link would unsubscribe from all emails, also from invoices. Set Email.Stream, or call "
                + "email.AddListUnsubscribe(links.CreateLink(address)) if that is meant.",
                nameof(email));
        }
        email.AddListUnsubscribe(CreateLink(recipient, email.Stream), mailto);
    }

    /// <summary>Reads the token of a link, which is the last part of its path.</summary>
    /// <param name="token">The token.</param>
    /// <returns>What it says; null if it was not made with one of the keys, is damaged, or has nothing that a list would take.</returns>
    public UnsubscribeRequest? TryRead(string? token)
    {
        if (token is null or { Length: > MaxTokenLength })
            return null;
        var text = token.Replace('-', '+').Replace('_', '/');
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var length) || length <= SignatureLength)
            return null;
        var content = bytes[SignatureLength..length];
        var isValid = false;
        foreach (var key in _keys)
            isValid |= CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SignatureLength), Sign(key, content));
        if (!isValid)
            return null;
        var parts = Encoding.UTF8.GetString(content).Split('\0', 2);
        if (parts is not [var stream, var address])
            return null;
        var request = new UnsubscribeRequest(address, stream.Length == 0 ? null : stream);
        return FindError(request.Address, request.Stream) is null ? request : null;
    }

    /// <summary>Returns the URL; no key.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => Url.ToString();

    /// <summary>What a list would refuse at the click is refused here.</summary>
    private static string? FindError(string address, string? stream) =>
        new Suppression(address, SuppressionReason.Unsubscribe) { Stream = stream }.FindError();

    private static byte[] Sign(byte[] key, byte[] content)
    {
        byte[] signed = [.. Purpose, .. content];
        return HMACSHA256.HashData(key, signed)[..SignatureLength];
    }
}
