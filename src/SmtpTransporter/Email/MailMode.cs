using System.Diagnostics.CodeAnalysis;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// The charset and the encoding of headers or bodies that are not plain ASCII. Immutable; compare by reference. Text that a charset cannot
/// hold goes out in UTF-8; it never becomes <c>?</c>.
/// </summary>
public sealed class MailMode
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
    /// US-ASCII where possible, else UTF-8: encoded words in Q, bodies in quoted-printable. The default. <c>US-ASCII_UTF8_QP</c>.
    /// </summary>
    public static MailMode Utf8 { get; } = new(
        "US-ASCII_UTF8_QP", TextCharset.Utf8, ContentEncoding.QuotedPrintable, ContentEncoding.QuotedPrintable);

    /// <summary>US-ASCII where possible, else UTF-8: encoded words in B, bodies in base64. <c>US-ASCII_UTF8_B64</c>.</summary>
    public static MailMode Utf8Base64 { get; } = new("US-ASCII_UTF8_B64", TextCharset.Utf8, ContentEncoding.Base64, ContentEncoding.Base64);

    /// <summary>
    /// ISO-8859-1: encoded words in Q (a header that is ASCII needs none), bodies in 8bit; where the server lacks 8BITMIME (RFC 6152), in
    /// quoted-printable. Text that it cannot hold: UTF-8 of the same kind. <c>ISO-8859-1</c>.
    /// </summary>
    public static MailMode Iso88591 { get; } = new(
        "ISO-8859-1", TextCharset.Latin1, ContentEncoding.EightBit, ContentEncoding.EightBit, asciiBodies: false);

    /// <summary>
    /// US-ASCII where possible, else ISO-2022-JP (RFC 1468): encoded words in Q, bodies in 7bit. Text that it cannot hold, or that programs
    /// read in two ways (the wave dash, the characters of Microsoft's tables): UTF-8, quoted-printable.
    /// <c>US-ASCII_ISO-2022-JP_UTF8_QP</c>.
    /// </summary>
    public static MailMode Iso2022Jp { get; } = new(
        "US-ASCII_ISO-2022-JP_UTF8_QP", TextCharset.Iso2022Jp, ContentEncoding.SevenBit, ContentEncoding.QuotedPrintable);

    /// <summary>The model's text value, such as <c>US-ASCII_UTF8_QP</c>.</summary>
    public string Value { get; }

    /// <summary>Whether encoded words are in B; else in Q (RFC 2047, section 4).</summary>
    internal bool UsesBase64Words => PreferredBody == ContentEncoding.Base64;

    /// <summary>The encoding of a body in the preferred charset.</summary>
    private ContentEncoding PreferredBody { get; }

    /// <summary>The encoding of a body that only UTF-8 holds.</summary>
    private ContentEncoding Utf8Body { get; }

    private static readonly MailMode[] All = [Utf8, Utf8Base64, Iso88591, Iso2022Jp];

    /// <summary>The charset of encoded words for this text, which needs them.</summary>
    internal TextCharset ForHeader(string text) => _preferred.Holds(text) ? _preferred : TextCharset.Utf8;

    /// <summary>The charset and the transfer encoding of a body with this text.</summary>
    internal (TextCharset Charset, ContentEncoding Encoding) ForBody(string text)
    {
        if (_asciiBodies && TextCharset.UsAscii.Holds(text))
            return (TextCharset.UsAscii, ContentEncoding.SevenBit);
        return _preferred.Holds(text) ? (_preferred, PreferredBody) : (TextCharset.Utf8, Utf8Body);
    }

    /// <summary>What a body is encoded in where its lines, or the way, do not take it as it is.</summary>
    internal ContentEncoding Armour => PreferredBody == ContentEncoding.Base64 ? ContentEncoding.Base64 : ContentEncoding.QuotedPrintable;

    /// <summary>Reads the model's text value, in any case of letters.</summary>
    /// <exception cref="ArgumentException">The text is no mode; the message lists the modes.</exception>
    public static MailMode Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryParse(value, out var mode)
            ? mode
            : throw new ArgumentException(
                $"\"{value}\" is no mail mode. There are {string.Join(", ", All.Select(m => m.Value))}.", nameof(value));
    }

    /// <summary>Reads the model's text value, in any case of letters.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out MailMode? mode)
    {
        mode = Array.Find(All, m => string.Equals(m.Value, value, StringComparison.OrdinalIgnoreCase));
        return mode is not null;
    }

    /// <inheritdoc cref="Value"/>
    public override string ToString() => Value;
}
