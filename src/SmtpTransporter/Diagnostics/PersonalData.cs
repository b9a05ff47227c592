using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Removes addresses from texts for logs and dashboards.</summary>
internal static partial class PersonalData
{
    /// <summary>The reason of a result, in one line; addresses in it only if the options allow them.</summary>
    public static string Mask(SendResult result, ServerOptions options)
    {
        var words = result.Status == 0 && result.Errors.Count > 0 ? result.Errors[^1].Message : result.StatusText;
        return options.IncludePersonalDataInTelemetry ? words : Hide(words);
    }

    /// <summary>The text with the part before each "@" masked. Servers repeat the address in their refusals.</summary>
    public static string Hide(string text) => text.Contains('@', StringComparison.Ordinal) ? LocalPart().Replace(text, "***@") : text;

    [GeneratedRegex("""("[^"@]*"|[^\s<>()\[\],:;@"']+)@""")]
    private static partial Regex LocalPart();
}
