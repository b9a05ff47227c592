using System.Globalization;

namespace SmtpTransport.Identity;

/// <summary>The sentences of the built-in emails in one language. Immutable.</summary>
/// <param name="Code">The language (BCP 47), for the <c>lang</c> of the HTML.</param>
/// <param name="ConfirmSubject">The subject of a confirmation; {0} is the name of the application, as in the others.</param>
/// <param name="ConfirmText">What stands above its link.</param>
/// <param name="ConfirmLabel">The text of its link.</param>
/// <param name="ConfirmNote">What somebody does who has not asked for it.</param>
/// <param name="PasswordSubject">The subject of an email for a new password.</param>
/// <param name="PasswordLinkText">What stands above its link.</param>
/// <param name="PasswordLabel">The text of its link.</param>
/// <param name="PasswordCodeText">What stands above its code.</param>
/// <param name="PasswordNote">What somebody does who has not asked for it.</param>
internal sealed record IdentityEmailLanguage(
    string Code,
    string ConfirmSubject,
    string ConfirmText,
    string ConfirmLabel,
    string ConfirmNote,
    string PasswordSubject,
    string PasswordLinkText,
    string PasswordLabel,
    string PasswordCodeText,
    string PasswordNote)
{
    private static readonly IdentityEmailLanguage English = new(
        "en",
        "Confirm your email address for {0}",
        "Please confirm that this is your email address for {0}:",
        "Confirm the email address",
        "If you did not ask for an account, ignore this email.",
        "A new password for {0}",
        "With this link you can set a new password for {0}:",
        "Set a new password",
        "With this code you can set a new password for {0}:",
        "If you did not ask for a new password, ignore this email: your password stays as it is.");

    private static readonly Dictionary<string, IdentityEmailLanguage> Others = new[]
    {
        new IdentityEmailLanguage(
            "de",
            "Bestätigen Sie Ihre E-Mail-Adresse für {0}",
            "Bitte bestätigen Sie, dass dies Ihre E-Mail-Adresse für {0} ist:",
            "E-Mail-Adresse bestätigen",
            "Wenn Sie kein Konto angelegt haben, können Sie diese E-Mail ignorieren.",
            "Neues Passwort für {0}",
            "Mit diesem Link können Sie ein neues Passwort für {0} festlegen:",
            "Neues Passwort festlegen",
            "Mit diesem Code können Sie ein neues Passwort für {0} festlegen:",
            "Wenn Sie kein neues Passwort angefordert haben, können Sie diese E-Mail ignorieren: Ihr Passwort bleibt unverändert."),
        new IdentityEmailLanguage(
            "fr",
            "Confirmez votre adresse e-mail pour {0}",
            "Veuillez confirmer que cette adresse e-mail est bien la vôtre pour {0} :",
            "Confirmer l’adresse e-mail",
            "Si vous n’avez pas demandé de compte, ignorez cet e-mail.",
            "Nouveau mot de passe pour {0}",
            "Ce lien vous permet de définir un nouveau mot de passe pour {0} :",
            "Définir un nouveau mot de passe",
            "Ce code vous permet de définir un nouveau mot de passe pour {0} :",
            "Si vous n’avez pas demandé de nouveau mot de passe, ignorez cet e-mail : votre mot de passe reste inchangé."),
        new IdentityEmailLanguage(
            "es",
            "Confirme su dirección de correo electrónico para {0}",
            "Confirme que esta es su dirección de correo electrónico para {0}:",
            "Confirmar la dirección de correo electrónico",
            "Si no ha solicitado una cuenta, ignore este mensaje.",
            "Nueva contraseña para {0}",
            "Con este enlace puede establecer una nueva contraseña para {0}:",
            "Establecer una nueva contraseña",
            "Con este código puede establecer una nueva contraseña para {0}:",
            "Si no ha solicitado una nueva contraseña, ignore este mensaje: su contraseña no cambia."),
        new IdentityEmailLanguage(
            "ja",
            "{0}：メールアドレスの確認",
            "{0} に登録されたメールアドレスがお客様のものであることを、次のリンクから確認してください。",
            "メールアドレスを確認する",
            "アカウントの登録にお心当たりがない場合は、このメールを無視してください。",
            "{0}：新しいパスワードの設定",
            "次のリンクから {0} の新しいパスワードを設定できます。",
            "新しいパスワードを設定する",
            "次のコードで {0} の新しいパスワードを設定できます。",
            "パスワードの再設定にお心当たりがない場合は、このメールを無視してください。現在のパスワードは変更されません。"),
    }.ToDictionary(l => l.Code, StringComparer.OrdinalIgnoreCase);

    /// <summary>The language of a culture such as de-AT; English if there are no sentences in it.</summary>
    public static IdentityEmailLanguage Of(CultureInfo culture) =>
        Others.GetValueOrDefault(culture.Name.Split('-')[0], English);
}
