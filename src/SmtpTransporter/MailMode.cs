using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>
/// The charset and the encoding of headers or bodies that are not plain ASCII. Immutable; compare by reference.
/// </summary>
public sealed class MailMode
{
    private MailMode(string value) => Value = value;

    /// <summary>US-ASCII where possible, else UTF-8: encoded words in Q, bodies in quoted-printable. The default.</summary>
    public static MailMode Utf8 { get; } = new("US-ASCII_UTF8_QP");

    /// <summary>US-ASCII where possible, else UTF-8: encoded words in B, bodies in base64.</summary>
    public static MailMode Utf8Base64 { get; } = new("US-ASCII_UTF8_B64");

    /// <summary>The model's text value, such as <c>US-ASCII_UTF8_QP</c>.</summary>
    public string Value { get; }

    private static readonly MailMode[] All = [Utf8, Utf8Base64];

    /// <summary>Reads the model's text value, in any case of letters.</summary>
    /// <exception cref="ArgumentException">The text is no mode; the message lists the modes.</exception>
    public static MailMode Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryParse(value, out var mode)
            ? mode
            : throw new ArgumentException(
                $"\"{value}\" is no mail mode. There are {string.Join(", ", All.Select(m => m.Value))}.", nameof(value));
    }

    /// <summary>Reads the model's text value, in any case of letters.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, [NotNullWhen(true)] out MailMode? mode)
    {
        mode = Array.Find(All, m => string.Equals(m.Value, value, StringComparison.OrdinalIgnoreCase));
        return mode is not null;
    }

    /// <inheritdoc cref="Value"/>
    public override string ToString() => Value;
}
