using System.Globalization;

namespace SmtpTransport.Tool;

/// <summary>Writes counts.</summary>
internal static class Counted
{
    /// <returns>Such as <c>1 line</c> and <c>10,000 lines</c>.</returns>
    public static string Of(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}
