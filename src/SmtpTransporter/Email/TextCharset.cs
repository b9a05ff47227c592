using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace SmtpTransport;

/// <summary>A charset that text is written in: its label, its bytes, and whether it can represent a text without loss.</summary>
internal sealed class TextCharset
{
    /// <summary>
    /// Characters that programs map to ISO-2022-JP in two ways (JIS X 0208, or Microsoft's code page), such as the wave dash. Another
    /// reader could see another character, so text with one of them is sent in UTF-8.
    /// </summary>
    private static readonly SearchValues<char> AmbiguousInJis = SearchValues.Create(
        "\u00A2\u00A3\u00A5\u00AC\u2014\u2015\u2016\u203E\u2212\u2225\u301C\uFF0D\uFF3C\uFF5E\uFFE0\uFFE1\uFFE2");

    private readonly Func<string, bool> _canRepresent;

    private TextCharset(string label, Encoding encoding, Func<string, bool> canRepresent)
    {
        Label = label;
        Encoding = encoding;
        _canRepresent = canRepresent;
    }

    public static TextCharset UsAscii { get; } = new("us-ascii", Encoding.ASCII, text => Ascii.IsValid(text));

    public static TextCharset Utf8 { get; } = new("utf-8", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), _ => true);

    public static TextCharset Latin1 { get; } = new("iso-8859-1", Encoding.Latin1, text => text.All(c => c < 256));

    public static TextCharset Iso2022Jp { get; } = new(
        "iso-2022-jp",
        CodePagesEncodingProvider.Instance.GetEncoding(
            "iso-2022-jp", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!,
        FitsJis);

    /// <summary>The name in the registry of charsets (IANA), in lower case.</summary>
    public string Label { get; }

    public Encoding Encoding { get; }

    /// <summary>Whether every program reads the text back unchanged from this charset.</summary>
    public bool CanRepresent(string text) => _canRepresent(text);

    /// <summary>
    /// Registers the code pages that are needed to read messages. MimeKit looks for them once, at its first use; later would be too late.
    /// </summary>
#pragma warning disable CA2255 // There is no earlier place: a caller may use MimeKit before this library.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void RegisterCodePages() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private static bool FitsJis(string text)
    {
        // SO, SI and ESC would be read as shifts.
        if (text.AsSpan().ContainsAny('\x0E', '\x0F', '\x1B') || text.AsSpan().ContainsAny(AmbiguousInJis))
            return false;
        try
        {
            var bytes = Iso2022Jp.Encoding.GetBytes(text);
            // The encoder silently replaces some characters with similar ones.
            return OnlyJisX0208(bytes) && Iso2022Jp.Encoding.GetString(bytes) == text;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// True if there are only 7-bit bytes, the shifts of RFC 1468, and no rows that only Microsoft's or NEC's tables have.
    /// </summary>
    private static bool OnlyJisX0208(ReadOnlySpan<byte> bytes)
    {
        var wide = false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] >= 0x80)
                return false;
            if (bytes[i] == 0x1B)
            {
                var shift = bytes[i..Math.Min(i + 3, bytes.Length)];
                if (shift.SequenceEqual("\u001B$B"u8) || shift.SequenceEqual("\u001B$@"u8))
                    wide = true;
                else if (shift.SequenceEqual("\u001B(B"u8) || shift.SequenceEqual("\u001B(J"u8))
                    wide = false;
                else
                    return false;
                i += 2;
            }
            else if (wide)
            {
                var row = bytes[i] - 0x20;
                if (row is < 1 or (> 8 and < 16) or > 84)
                    return false;
                i++;
            }
        }
        return true;
    }
}
