using System.Globalization;

namespace SmtpTransport.Tool;

/// <summary>Writes how long something lasts.</summary>
internal static class Lasting
{
    /// <returns>The two largest units, such as <c>12 h 56 min</c>, <c>3 d 4 h</c> and <c>7 s</c>.</returns>
    public static string Of(TimeSpan time)
    {
        var (large, largeUnit, small, smallUnit) = time switch
        {
            { TotalDays: >= 1 } => (time.Days, "d", time.Hours, "h"),
            { TotalHours: >= 1 } => (time.Hours, "h", time.Minutes, "min"),
            { TotalMinutes: >= 1 } => (time.Minutes, "min", time.Seconds, "s"),
            _ => (time.Seconds, "s", 0, ""),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{large:N0} {largeUnit}")
            + (small == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {small} {smallUnit}"));
    }
}
