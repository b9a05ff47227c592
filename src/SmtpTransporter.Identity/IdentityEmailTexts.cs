using System.Text.Encodings.Web;

namespace SmtpTransport.Identity;

/// <summary>The built-in emails.</summary>
internal static class IdentityEmailTexts
{
    public static Email Create(IdentityEmail data) => data.Kind switch
    {
        IdentityEmailKind.ConfirmationLink => WithLink(
            $"Confirm your email address for {data.ApplicationName}",
            $"Please confirm that this is your email address for {data.ApplicationName}:",
            data.Link!,
            "Confirm the email address",
            "If you did not ask for an account, ignore this email."),
        IdentityEmailKind.PasswordResetLink => WithLink(
            $"A new password for {data.ApplicationName}",
            $"With this link you can set a new password for {data.ApplicationName}:",
            data.Link!,
            "Set a new password",
            "If you did not ask for a new password, ignore this email: your password stays as it is."),
        _ => WithCode(
            $"A new password for {data.ApplicationName}",
            $"With this code you can set a new password for {data.ApplicationName}:",
            data.Code!,
            "If you did not ask for a new password, ignore this email: your password stays as it is."),
    };

    private static Email WithLink(string subject, string text, string link, string label, string note) =>
        With(subject, text, link, $"<a href=\"{Encode(link)}\">{Encode(label)}</a>", note);

    private static Email WithCode(string subject, string text, string code, string note) =>
        With(subject, text, code, $"<code style=\"font-size: 120%; word-break: break-all\">{Encode(code)}</code>", note);

    private static Email With(string subject, string text, string value, string html, string note) => new()
    {
        Subject = subject,
        TextBody = $"{text}\n\n{value}\n\n{note}\n",
        HtmlBody = Page(text, html, note),
    };

    private static string Page(string text, string middle, string note) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <body style="font-family: sans-serif">
        <p>{Encode(text)}</p>
        <p>{middle}</p>
        <p>{Encode(note)}</p>
        </body>
        </html>
        """;

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
