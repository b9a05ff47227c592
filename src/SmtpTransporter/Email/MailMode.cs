using System.Diagnostics.CodeAnalysis;
using MimeKit;

namespace SmtpTransport;

/// <summary>The charset and the encoding of headers or bodies that are not plain ASCII.</summary>
/// <remarks>
/// Text that the charset cannot represent is sent in UTF-8; it never becomes <c>?</c>. There are four modes, each one object: compare them
/// by reference. Immutable and safe to share between threads.
/// </remarks>
public sealed class MailMode : IParsable<MailMode>
{
    private readonly TextCharset _preferred;
    private readonly bool _asciiBodies;

    private MailMode(string value, TextCharset preferred, ContentEncoding preferredBody, ContentEncoding utf8Body, bool asciiBodies = true)
    {
        Value = value;
        _preferred = preferred;
        PreferredBody = preferredBody;
        Utf8Body = utf8Body;
        _asciiBodies = asciiBodies;
    }

    /// <summary>
    /// US-ASCII if possible, otherwise UTF-8: encoded words in Q (RFC 2047, section 4.2), bodies in quoted-printable. The default.
    /// </summary>
    /// <remarks>Its <see cref="Value"/> is <c>US-ASCII_UTF8_QP</c>.</remarks>
    public static MailMode Utf8 { get; } = new(
        "US-ASCII_UTF8_QP", TextCharset.Utf8, ContentEncoding.QuotedPrintable, ContentEncoding.QuotedPrintable);

    /// <summary>US-ASCII if possible, otherwise UTF-8: encoded words in B (RFC 2047, section 4.1), bodies in base64.</summary>
    /// <remarks>Its <see cref="Value"/> is <c>US-ASCII_UTF8_B64</c>.</remarks>
    public static MailMode Utf8Base64 { get; } = new("US-ASCII_UTF8_B64", TextCharset.Utf8, ContentEncoding.Base64, ContentEncoding.Base64);

    /// <summary>ISO-8859-1: encoded words in Q (an ASCII header needs none), bodies in 8bit.</summary>
    /// <remarks>
    /// If the server lacks 8BITMIME (RFC 6152), bodies are sent in quoted-printable. Text that the charset cannot represent is sent in
    /// UTF-8 in the same way. Its <see cref="Value"/> is <c>ISO-8859-1</c>.
    /// </remarks>
    public static MailMode Iso88591 { get; } = new(
        "ISO-8859-1", TextCharset.Latin1, ContentEncoding.EightBit, ContentEncoding.EightBit, asciiBodies: false);

    /// <summary>US-ASCII if possible, otherwise ISO-2022-JP (RFC 1468): encoded words in Q, bodies in 7bit.</summary>
    /// <remarks>
    /// Text that the charset cannot represent, or that programs read in two ways (the wave dash, the characters of Microsoft's tables), is
    /// sent in UTF-8 as quoted-printable. Its <see cref="Value"/> is <c>US-ASCII_ISO-2022-JP_UTF8_QP</c>.
    /// </remarks>
    public static MailMode Iso2022Jp { get; } = new(
        "US-ASCII_ISO-2022-JP_UTF8_QP", TextCharset.Iso2022Jp, ContentEncoding.SevenBit, ContentEncoding.QuotedPrintable);

    /// <summary>The mode as text in settings and URLs, such as <c>US-ASCII_UTF8_QP</c>.</summary>
    public string Value { get; }

    /// <summary>Whether encoded words are in B; otherwise they are in Q (RFC 2047, section 4).</summary>
    internal bool UsesBase64Words => PreferredBody == ContentEncoding.Base64;

    /// <summary>The encoding of a body in the preferred charset.</summary>
    private ContentEncoding PreferredBody { get; }

    /// <summary>The encoding of a body that only UTF-8 can represent.</summary>
    private ContentEncoding Utf8Body { get; }

    private static readonly MailMode[] All = [Utf8, Utf8Base64, Iso88591, Iso2022Jp];

    /// <summary>The charset of the encoded words for this text.</summary>
    internal TextCharset ForHeader(string text) => _preferred.CanRepresent(text) ? _preferred : TextCharset.Utf8;

    /// <summary>The charset and the transfer encoding of a body with this text.</summary>
    internal (TextCharset Charset, ContentEncoding Encoding) ForBody(string text)
    {
        if (_asciiBodies && TextCharset.UsAscii.CanRepresent(text))
            return (TextCharset.UsAscii, ContentEncoding.SevenBit);
        return _preferred.CanRepresent(text) ? (_preferred, PreferredBody) : (TextCharset.Utf8, Utf8Body);
    }

    /// <summary>The encoding of a body whose lines, or whose server, do not allow it unencoded.</summary>
    internal ContentEncoding Armour => PreferredBody == ContentEncoding.Base64 ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable;

    /// <summary>Parses a mode, ignoring case.</summary>
    /// <param name="value">The <see cref="Value"/> of a mode.</param>
    /// <returns>The mode.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="value"/> is null.</exception>
    /// <exception cref="ArgumentException">The text is not a valid mode; the message lists the valid ones.</exception>
    public static MailMode Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryParse(value, out var mode) ? mode : throw new ArgumentException(NotValid(value), nameof(value));
    }

    /// <summary>Parses a mode, ignoring case.</summary>
    /// <param name="value">The <see cref="Value"/> of a mode.</param>
    /// <param name="mode">The mode; null if the text is not a valid one.</param>
    /// <returns>True if the text is a valid mode.</returns>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out MailMode? mode)
    {
        mode = Array.Find(All, m => string.Equals(m.Value, value, StringComparison.OrdinalIgnoreCase));
        return mode is not null;
    }

    static MailMode IParsable<MailMode>.Parse(string s, IFormatProvider? provider)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out var mode) ? mode : throw new FormatException(NotValid(s));
    }

    static bool IParsable<MailMode>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out MailMode result) => TryParse(s, out result);

    /// <summary>The mode as text.</summary>
    /// <returns>The <see cref="Value"/>.</returns>
    public override string ToString() => Value;

    private static string NotValid(string value) =>
        $"\"{value}\" is not a valid mode; valid modes: {string.Join(", ", All.Select(m => m.Value))}.";
}
