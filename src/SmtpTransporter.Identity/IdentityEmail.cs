using System.Globalization;

namespace SmtpTransport.Identity;

/// <summary>What an email of ASP.NET Core Identity is made of: the model of a template. Immutable.</summary>
/// <remarks>
/// No member is encoded as HTML. <see cref="Link"/> and <see cref="Code"/> are secrets: who has them can act as the user.
/// </remarks>
public sealed class IdentityEmail
{
    internal IdentityEmail(
        IdentityEmailKind kind, object user, string address, string applicationName, CultureInfo culture, string? link, string? code)
    {
        Kind = kind;
        User = user;
        Address = address;
        ApplicationName = applicationName;
        Culture = culture;
        Link = link;
        Code = code;
    }

    /// <summary>What the email is for.</summary>
    public IdentityEmailKind Kind { get; }

    /// <summary>The user, an object of the type that the application has given to Identity.</summary>
    public object User { get; }

    /// <summary>The address that the email goes to.</summary>
    public string Address { get; }

    /// <summary>The name of the application: <see cref="IdentityEmailOptions.ApplicationName"/>.</summary>
    public string ApplicationName { get; }

    /// <summary>The language of the email: <see cref="IdentityEmailOptions.Culture"/>.</summary>
    public CultureInfo Culture { get; }

    /// <summary>The link; null for <see cref="IdentityEmailKind.PasswordResetCode"/>.</summary>
    public string? Link { get; }

    /// <summary>The code; null unless the email is a <see cref="IdentityEmailKind.PasswordResetCode"/>.</summary>
    public string? Code { get; }

    /// <summary>Returns the kind; no address, no link and no code.</summary>
    /// <returns>One word for a log.</returns>
    public override string ToString() => Kind.ToString();
}
