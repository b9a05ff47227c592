namespace SmtpTransport.Identity;

/// <summary>What an email of ASP.NET Core Identity is for.</summary>
public enum IdentityEmailKind
{
    /// <summary>It has a link that confirms the address.</summary>
    ConfirmationLink,

    /// <summary>It has a link to a page on which the user sets a new password.</summary>
    PasswordResetLink,

    /// <summary>It has a code with which the user sets a new password.</summary>
    PasswordResetCode,
}
