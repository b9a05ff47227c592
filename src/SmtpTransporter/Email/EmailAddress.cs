using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>A mailbox: an address and, if known, a display name (RFC 5322, section 3.4).</summary>
/// <remarks>
/// Immutable and safe to share between threads. The constructor does not check the address; the send does, and returns an error that names
/// the property. <see cref="Parse"/> checks at once.
/// </remarks>
public sealed record EmailAddress : IParsable<EmailAddress>
{
    private readonly string _email;

    /// <summary>Creates an address without checking it.</summary>
    /// <param name="email">The address, such as <c>me@example.com</c>, without a name and angle brackets.</param>
    /// <param name="name">The display name in plain text. Default none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    public EmailAddress(string email, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        _email = email;
        Name = name;
    }

    /// <summary>The display name; null if there is none.</summary>
    public string? Name { get; init; }

    /// <summary>The address, such as <c>me@example.com</c>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Email
    {
        get => _email;
        init => _email = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The domain of the address: what follows the last <c>@</c>, as it was given; empty if there is no <c>@</c>.</summary>
    public string Domain => _email.Contains('@', StringComparison.Ordinal) ? AddressSpec.DomainOf(_email) : "";

    /// <summary>Parses text that holds one address, such as <c>Me &lt;me@example.com&gt;</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="FormatException">
    /// The text is not exactly one valid address; the message says what is wrong at which position.
    /// </exception>
    public static EmailAddress Parse(string text) =>
        EmailAddresses.Parse(text) is [var only] ? only : throw new FormatException("The text does not hold exactly one address.");

    /// <summary>Parses text that holds one address, such as <c>Me &lt;me@example.com&gt;</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address; null if the text is not exactly one valid address.</param>
    /// <returns>True if the text is exactly one valid address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = EmailAddresses.TryParse(text, out var list) && list is [var only] ? only : null;
        return address is not null;
    }

    /// <summary>Converts text to one address, such as <c>me@example.com</c> or <c>Me &lt;me@example.com&gt;</c>. It never throws.</summary>
    /// <param name="text">The text. If it is not exactly one valid address, it is an error of the send, like any address that is not
    /// valid.</param>
    [SuppressMessage("Usage", "CA2225", Justification = "Parse is the named alternate.")]
    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator EmailAddress?(string? text) =>
        text is null ? null : TryParse(text, out var address) ? address : new EmailAddress(text);

    static EmailAddress IParsable<EmailAddress>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EmailAddress>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out EmailAddress result) =>
        TryParse(s, out result);

    /// <summary>The address as a header shows it.</summary>
    /// <returns>
    /// <c>me@example.com</c> or <c>Me &lt;me@example.com&gt;</c>, with the name in quotes if it needs them.
    /// </returns>
    public override string ToString()
    {
        if (string.IsNullOrEmpty(Name))
            return Email;
        // Outside quotes, several spaces count as one.
        var isPlain = Name.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '\'')
            && Name.Trim() == Name && !Name.Contains("  ", StringComparison.Ordinal);
        return isPlain ? $"{Name} <{Email}>" : $"\"{Escape(Name)}\" <{Email}>";
    }

    private static string Escape(string name) =>
        name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
