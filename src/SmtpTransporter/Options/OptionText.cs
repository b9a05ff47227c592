using System.Globalization;

namespace SmtpTransport;

/// <summary>Writes the values of options so that they are safe in one line of a log or an error message.</summary>
internal static class OptionText
{
    public const string Hidden = "***";

    private const int MaxQuotedLength = 80;

    public static string Show(object? value) => value switch
    {
        null => "null",
        string text => Escape(text),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A value for an error message: text in quotes and cut to 80 characters.</summary>
    public static string Quote(object? value) =>
        value is string text ? $"\"{Escape(text[..Math.Min(text.Length, MaxQuotedLength)])}\"" : Show(value);

    private static string Escape(string text) => string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
}
