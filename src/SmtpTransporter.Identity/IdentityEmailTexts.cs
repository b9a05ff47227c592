using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace SmtpTransport.Identity;

/// <summary>The built-in emails.</summary>
internal static class IdentityEmailTexts
{
    // What HTML itself needs, and no references for the letters of other languages.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static Email Create(IdentityEmail data)
    {
        var language = IdentityEmailLanguage.Of(data.Culture);
        return data.Kind switch
        {
            IdentityEmailKind.ConfirmationLink => Write(
                Fill(language.ConfirmSubject),
                Fill(language.ConfirmText),
                data.Link!,
                Anchor(data.Link!, language.ConfirmLabel),
                language.ConfirmNote),
            IdentityEmailKind.PasswordResetLink => Write(
                Fill(language.PasswordSubject),
                Fill(language.PasswordLinkText),
                data.Link!,
                Anchor(data.Link!, language.PasswordLabel),
                language.PasswordNote),
            _ => Write(
                Fill(language.PasswordSubject),
                Fill(language.PasswordCodeText),
                data.Code!,
                $"<code style=\"font-size: 120%; word-break: break-all\">{Encode(data.Code!)}</code>",
                language.PasswordNote),
        };

        string Fill(string sentence) => string.Format(CultureInfo.InvariantCulture, sentence, data.ApplicationName);

        Email Write(string subject, string text, string value, string html, string note) => new()
        {
            Subject = subject,
            TextBody = $"{text}\n\n{value}\n\n{note}\n",
            HtmlBody = Page(language.Code, text, html, note),
        };
    }

    private static string Anchor(string link, string label) => $"<a href=\"{Encode(link)}\">{Encode(label)}</a>";

    private static string Page(string language, string text, string middle, string note) =>
        $"""
        <!DOCTYPE html>
        <html lang="{language}">
        <body style="font-family: sans-serif">
        <p>{Encode(text)}</p>
        <p>{middle}</p>
        <p>{Encode(note)}</p>
        </body>
        </html>
        """;

    private static string Encode(string text) => Encoder.Encode(text);
}
