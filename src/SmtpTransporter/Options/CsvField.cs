using System.Buffers;

namespace SmtpTransport;

/// <summary>
/// One field of a CSV file (RFC 4180), which may be opened by a spreadsheet: what that would take for a formula, such as <c>=1+1</c>,
/// begins with an apostrophe.
/// </summary>
internal static class CsvField
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");
    private static readonly SearchValues<char> FormulaStarts = SearchValues.Create("=+-@\t\r");

    public static string Write(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var safe = IsFormula(text) ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny(Special) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    /// <summary>The value that was written as this text.</summary>
    /// <param name="text">The text without the quotes of CSV.</param>
    public static string Read(string text) => text is ['\'', ..] && IsFormula(text) ? text[1..] : text;

    /// <summary>An apostrophe in front is one more: so every value can be read again.</summary>
    private static bool IsFormula(string text) => text.AsSpan().TrimStart('\'') is [var first, ..] && FormulaStarts.Contains(first);
}
