using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit.Utils;

namespace SmtpTransport.Feedback;

/// <summary>Reads the values of fields in reports, which have a type before a semicolon (RFC 3464, section 2.1.2).</summary>
internal static partial class FieldText
{
    private const int MaxLength = 1000;

    /// <summary>One line without control characters, at most 1000 characters; empty for null.</summary>
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var clean = new StringBuilder(Math.Min(text.Length, MaxLength));
        foreach (var c in text)
        {
            if (clean.Length == MaxLength)
                break;
            if (!char.IsControl(c) && !char.IsWhiteSpace(c))
                clean.Append(c);
            else if (clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
        }
        return clean.ToString().Trim();
    }

    /// <summary>The value as <see cref="Clean"/> gives it; null if it is empty.</summary>
    public static string? Value(string? value) => Clean(value) is { Length: > 0 } text ? text : null;

    /// <summary>The value behind its type, such as <c>dns;</c>; null if it is empty.</summary>
    public static string? WithoutType(string? value)
    {
        var text = Clean(value);
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        // A blank in front of the semicolon means that it belongs to the words.
        if (semicolon >= 0 && !text.AsSpan(0, semicolon).Trim().Contains(' '))
            text = text[(semicolon + 1)..].Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>An address in a field with a type (RFC 3464, section 2.3.1; RFC 6533, section 3); null if there is none.</summary>
    public static string? Address(string? value)
    {
        if (WithoutType(WithoutComments(Clean(value))) is not { } text)
            return null;
        var isUnicode = Clean(value).StartsWith("utf-8", StringComparison.OrdinalIgnoreCase);
        var address = AddressText.Clean(isUnicode ? DecodeUnicode(text) : text);
        return address.Length == 0 ? null : address;
    }

    /// <summary>The address in <c>Original-Recipient</c>; null if there is none.</summary>
    /// <remarks>
    /// Some programs forget to decode what they got as xtext (RFC 3461, section 4). It is xtext if it has a plus or an equals sign in it,
    /// and two hexadecimal digits follow each plus.
    /// </remarks>
    public static string? OriginalAddress(string? value)
    {
        var address = Address(value);
        return address is not null
            && (address.Contains("+2B", StringComparison.Ordinal) || address.Contains("+3D", StringComparison.Ordinal))
            && Hex().Count(address) == address.Count(c => c == '+')
            ? AddressText.Clean(DecodeXtext(address))
            : address;
    }

    /// <summary>Decodes xtext (RFC 3461, section 4).</summary>
    public static string DecodeXtext(string text) => Clean(Hex().Replace(text, m => $"{(char)Number(m.Groups[1].Value)}"));

    /// <summary>The text without comments in parentheses (RFC 3464, section 2.1.1), which may be nested; those in quotes stay.</summary>
    private static string WithoutComments(string text)
    {
        var kept = new StringBuilder(text.Length);
        var (depth, isQuoted) = (0, false);
        foreach (var c in text)
        {
            isQuoted ^= c == '"' && depth == 0;
            if (c == '(' && !isQuoted)
                depth++;
            else if (c == ')' && depth > 0)
                depth--;
            else if (depth == 0)
                kept.Append(c);
        }
        return kept.ToString();
    }

    public static DateTimeOffset? Date(string? value) => DateUtils.TryParse(value ?? "", out var date) ? date : null;

    // Such as \x{20AC} (RFC 6533, section 3).
    private static string DecodeUnicode(string text) => CodePoint().Replace(
        text, m => Rune.TryCreate(Number(m.Groups[1].Value), out var rune) ? rune.ToString() : m.Value);

    private static int Number(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\+([2-7][0-9A-F])")]
    private static partial Regex Hex();

    [GeneratedRegex(@"\\x\{([0-9A-Fa-f]{1,6})\}")]
    private static partial Regex CodePoint();
}
