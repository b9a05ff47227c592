using System.Globalization;

namespace SmtpTransport.Identity;

/// <summary>How the emails of ASP.NET Core Identity look, and how they are sent.</summary>
/// <remarks>Used by one caller at a time, in the call of <c>AddSmtpIdentityEmails</c>; later changes have no effect.</remarks>
public sealed class IdentityEmailOptions
{
    /// <summary>The name of the application in the built-in emails. Default: null, which means that of the host's environment.</summary>
    public string? ApplicationName { get; set; }

    /// <summary>
    /// Returns the language of a user's emails, built-in ones and those of templates. Default: <see
    /// cref="CultureInfo.CurrentUICulture"/>, which is that of the request if the application calls <c>UseRequestLocalization</c>, and
    /// otherwise that of the process.
    /// </summary>
    /// <remarks>
    /// Called by several callers at once. The built-in emails are in English, German, French, Spanish or Japanese; for any other language
    /// they are in English.
    /// </remarks>
    public Func<object, CultureInfo> Culture { get; set; } = _ => CultureInfo.CurrentUICulture;

    /// <summary>
    /// Creates the email in the place of the built-in one, from its data and the services of a scope of its own; null from the function
    /// means the built-in one. Default: null, which means that all are built in.
    /// </summary>
    /// <remarks>
    /// The recipient is set afterwards, and the sender if the email has none. Called by several callers at once. An exception of the
    /// function fails the request.
    /// </remarks>
    public Func<IdentityEmail, IServiceProvider, Task<Email?>>? Create { get; set; }

    /// <summary>The key of the transporter that sends the emails. Default: null, which means the transporter without a key.</summary>
    public string? TransporterName { get; set; }
}
