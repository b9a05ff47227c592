using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Removes addresses from texts for logs, dashboards and exceptions.</summary>
internal static partial class AddressMask
{
    public const string Mask = "***";

    /// <summary>The text with the part before each "@" masked. Servers repeat the address in their refusals.</summary>
    public static string Hide(string text) => text.Contains('@', StringComparison.Ordinal) ? LocalPart().Replace(text, $"{Mask}@") : text;

    [GeneratedRegex("""("[^"@]*"|[^\s<>()\[\],:;@"']+)@""")]
    private static partial Regex LocalPart();
}
