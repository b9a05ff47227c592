using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SmtpTransport;

/// <summary>
/// An enhanced mail system status code such as <c>5.1.1</c> (RFC 3463): class, subject and detail.
/// </summary>
/// <param name="Class">2 (success), 4 (transient failure) or 5 (permanent failure).</param>
/// <param name="Subject">0 to 999: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedStatus(int Class, int Subject, int Detail)
{
    /// <summary>The code in its usual spelling, such as <c>5.1.1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    /// <summary>Reads a code that stands alone, such as <c>"5.1.1"</c>.</summary>
    /// <returns>False where the text is no code of RFC 3463.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        if (text is null || ReadPrefix(text) is not var (found, length) || length != text.Length)
            return false;
        status = found;
        return true;
    }

    /// <summary>
    /// The code at the beginning of a reply's text (RFC 2034). Null where there is none, or where its class is not that
    /// of the reply: a server that contradicts itself is not believed.
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
