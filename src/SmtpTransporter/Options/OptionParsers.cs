using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport;

/// <summary>The parsers of the kinds of options. A URL and settings share them.</summary>
internal static class OptionParsers
{
    private const double MinSeconds = 0.001;
    private const double MaxSeconds = 24 * 24 * 60 * 60;

    public static string? Flag(string text, out bool value) => bool.TryParse(text, out value) ? null : "true or false";

    public static string? NullableFlag(string text, out bool? value)
    {
        var allowed = Flag(text, out var flag);
        value = flag;
        return allowed;
    }

    public static string? WholeNumber(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? null : "a whole number";

    public static string? Text(string text, out string? value)
    {
        value = text;
        return null;
    }

    public static string? Item(string text, out IReadOnlyList<string> value)
    {
        value = [text];
        return null;
    }

    /// <summary>Empty text unsets the option: a later source of a configuration cannot remove a key, only empty it.</summary>
    public static string? OptionalText(string text, out string? value)
    {
        value = text.Length == 0 ? null : text;
        return null;
    }

    /// <summary>Empty text unsets the option.</summary>
    public static string? Address(string text, out IPAddress? value) =>
        IPAddress.TryParse(text, out value) || text.Length == 0 ? null : "an IP address";

    public static string? Time(string text, out TimeSpan value)
    {
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value))
            return null;
        value = default;
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            || seconds is not (>= MinSeconds and <= MaxSeconds))
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"a number of seconds from {MinSeconds} to {MaxSeconds}, or hh:mm:ss{Example(text)}");
        }
        value = TimeSpan.FromSeconds(seconds);
        return null;
    }

    /// <summary>As <see cref="Time"/>, and 0 for none.</summary>
    public static string? TimeOrZero(string text, out TimeSpan value)
    {
        if (Time(text, out value) is not { } allowed || text.Trim() == "0")
            return null;
        return $"0, or {allowed}";
    }

    // "10s", "5 min", "1.5 h"
    private static string Example(string text)
    {
        var trimmed = text.Trim();
        var digits = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c is '.').Count();
        if (!double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return "";
        var seconds = trimmed[digits..].Trim().ToUpperInvariant() switch
        {
            "MS" => number / 1000,
            "S" or "SEC" or "SECS" or "SECOND" or "SECONDS" => number,
            "M" or "MIN" or "MINS" or "MINUTE" or "MINUTES" => number * 60,
            "H" or "HOUR" or "HOURS" => number * 3600,
            "D" or "DAY" or "DAYS" => number * 86400,
            _ => 0,
        };
        return seconds is >= MinSeconds and <= MaxSeconds ? $"; write {TimeSpan.FromSeconds(seconds):c}" : "";
    }

    public static string? Choice<T>(string text, out T value)
        where T : struct, Enum
    {
        // Not Enum.TryParse alone: that reads numbers and lists too.
        var name = Array.Find(Enum.GetNames<T>(), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = name is null ? default : Enum.Parse<T>(name);
        return name is null ? $"one of {string.Join(", ", Enum.GetNames<T>())}" : null;
    }

    /// <summary>A mode by its name here (<c>CramMd5</c>) or by that of the mechanism (<c>CRAM-MD5</c>).</summary>
    public static string? Authentication(string text, out AuthenticationMode value) =>
        Choice(text.Replace("-", "", StringComparison.Ordinal), out value);

    public static string? Mode(string text, out MailMode value)
    {
        var allowed = MailMode.TryParse(text, out var mode) ? null : "a mode of MailMode such as US-ASCII_UTF8_QP";
        value = mode ?? MailMode.Utf8;
        return allowed;
    }

    /// <summary>The path of a PKCS #12 file, which is read when a transporter is created.</summary>
    public static string? Pkcs12Path(string text, out CertificateSource? value)
    {
        value = string.IsNullOrWhiteSpace(text) ? null : CertificateSource.FromFile(text);
        return value is null ? "the path of a PKCS #12 file" : null;
    }

    /// <summary>The path of a file with one certificate in DER, or with any number of them in PEM.</summary>
    public static string? CertificateFile(string text, out IReadOnlyList<X509Certificate2> value)
    {
        try
        {
            var pem = new X509Certificate2Collection();
            pem.ImportFromPem(Encoding.Latin1.GetString(File.ReadAllBytes(text)));
            value = pem.Count > 0 ? [.. pem] : [LoadCertificate(text)];
            return null;
        }
        catch (Exception exception)
            when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            value = [];
            return $"the path of a readable certificate in PEM or DER ({exception.Message.TrimEnd('.')})";
        }
    }

    private static X509Certificate2 LoadCertificate(string path) =>
#if NET9_0_OR_GREATER
        X509CertificateLoader.LoadCertificateFromFile(path);
#else
        new(path);
#endif
}
