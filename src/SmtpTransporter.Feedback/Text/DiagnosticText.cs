using System.Globalization;
using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>Finds the codes in the words of a server.</summary>
internal static partial class DiagnosticText
{
    /// <summary>The reply code, such as 550; 0 if the words have none.</summary>
    public static int ReplyCodeOf(string words) =>
        Reply().Match(words) is { Success: true } match ? int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture) : 0;

    /// <summary>The enhanced status code; null if the words have none.</summary>
    public static EnhancedStatus? StatusOf(string words) =>
        Status().Match(words) is { Success: true } match && EnhancedStatus.TryParse(match.Groups["status"].Value, out var status)
            ? status
            : null;

    /// <summary>Whether the server has taken the message: a reply or status of class 2.</summary>
    public static bool IsSuccess(string words) =>
        ReplyCodeOf(words) is > 0 and var code ? code / 100 == 2 : StatusOf(words)?.Class == 2;

    /// <summary>The text of the reply behind its code, without the codes of its further lines; all words if there is no code.</summary>
    public static string ReplyOf(string words)
    {
        if (Reply().Match(words) is not { Success: true } match)
            return words;
        var code = match.Groups["code"].Value;
        return words[(match.Index + match.Length)..].Replace($" {code}-", " ", StringComparison.Ordinal).TrimStart();
    }

    // At the beginning, or behind what programs write in front of it. A port, an address or a size is not a reply.
    [GeneratedRegex(
        @"(?:^|(?:said|says|error|response|returned|reply|with|<<<):?\s*['""(#<]*|[#'])(?<code>[245][0-5][0-9])(?:[ -]|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reply();

    // The version of a program, such as "Exim 4.94.2", is not a status.
    [GeneratedRegex(
        @"(?:^|[#(\[:;,'""]\s?|\b[245][0-9][0-9][ -]|\b(?:status|code|error|dsn)[ =]+)"
        + @"(?<status>[245]\.[0-9]\.[0-9]{1,3})(?:[\s)\]:;,<'""]|$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Status();
}
