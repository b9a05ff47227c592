using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SmtpTransport;

/// <summary>An enhanced status code such as <c>5.1.1</c> (RFC 3463): class, subject and detail.</summary>
/// <param name="Class">2 (success), 4 (transient failure) or 5 (permanent failure).</param>
/// <param name="Subject">0 to 999: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.</param>
/// <param name="Detail">0 to 999.</param>
/// <remarks>A value: two codes are equal if their three numbers are.</remarks>
public readonly record struct EnhancedStatus(int Class, int Subject, int Detail) : IParsable<EnhancedStatus>
{
    /// <summary>The code in its usual form.</summary>
    /// <returns>Such as <c>5.1.1</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    /// <summary>Parses a code that stands alone, such as <c>5.1.1</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The code.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="FormatException">The text is not a code of RFC 3463.</exception>
    public static EnhancedStatus Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var status)
            ? status
            : throw new FormatException(
                $"\"{text}\" is not a valid enhanced status code. Valid is 2, 4 or 5 and two numbers, such as 5.1.1.");
    }

    /// <summary>Parses a code that stands alone, such as <c>5.1.1</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="status">The code; the default value if the text is not one.</param>
    /// <returns>True if the text is a code of RFC 3463.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        if (text is null || ReadPrefix(text) is not var (found, length) || length != text.Length)
            return false;
        status = found;
        return true;
    }

    static EnhancedStatus IParsable<EnhancedStatus>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EnhancedStatus>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EnhancedStatus result) =>
        TryParse(s, out result);

    /// <summary>
    /// The code at the beginning of a reply's text (RFC 2034). Null if there is none, or if its class is not that of the reply: a server
    /// that contradicts itself is not believed.
    /// </summary>
    internal static EnhancedStatus? FromReply(int code, string text) =>
        ReadPrefix(text) is var (status, length)
            && status.Class == code / 100
            && (length == text.Length || char.IsWhiteSpace(text[length]))
            ? status
            : null;

    private static (EnhancedStatus Status, int Length)? ReadPrefix(string text)
    {
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
            return null;
        var position = 2;
        if (Number(text, ref position) is not { } subject || position >= text.Length || text[position++] != '.')
            return null;
        return Number(text, ref position) is { } detail ? (new EnhancedStatus(text[0] - '0', subject, detail), position) : null;
    }

    private static int? Number(string text, ref int position)
    {
        var start = position;
        var value = 0;
        while (position < text.Length && char.IsAsciiDigit(text[position]) && position - start < 3)
            value = (value * 10) + (text[position++] - '0');
        return position == start ? null : value;
    }
}
