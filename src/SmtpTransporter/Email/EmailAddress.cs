using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>
/// A mailbox: an address and, if known, a name (RFC 5322, section 3.4). Immutable. It is not checked where it is made, but where the mail
/// is sent: what is no address then is an error of the result. <see cref="Parse"/> checks at once.
/// </summary>
public sealed record EmailAddress
{
    private readonly string _email;

    /// <summary>Makes an address.</summary>
    /// <param name="email">The address, such as <c>me@example.com</c>, without a name and angle brackets.</param>
    /// <param name="name">The name to show, in plain text; null for none.</param>
    public EmailAddress(string email, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        _email = email;
        Name = name;
    }

    /// <summary>The name to show; null where there is none.</summary>
    public string? Name { get; init; }

    /// <summary>The address, such as <c>me@example.com</c>.</summary>
    public string Email
    {
        get => _email;
        init => _email = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Reads one address from text such as <c>Me &lt;me@example.com&gt;</c>.</summary>
    /// <exception cref="FormatException">The text is not exactly one address; the message says where and why.</exception>
    public static EmailAddress Parse(string text) =>
        EmailAddresses.Parse(text) is [var only] ? only : throw new FormatException("The text does not hold exactly one address.");

    /// <summary>Reads one address from text such as <c>Me &lt;me@example.com&gt;</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = EmailAddresses.TryParse(text, out var list) && list is [var only] ? only : null;
        return address is not null;
    }

    /// <summary>The address as a mail shows it: <c>me@example.com</c> or <c>Me &lt;me@example.com&gt;</c>, the name in quotes where it needs them.</summary>
    public override string ToString()
    {
        if (string.IsNullOrEmpty(Name))
            return Email;
        // Outside quotes, blanks count as one.
        var plain = Name.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '\'') && Name.Trim() == Name && !Name.Contains("  ", StringComparison.Ordinal);
        return plain ? $"{Name} <{Email}>" : $"\"{Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\" <{Email}>";
    }
}
