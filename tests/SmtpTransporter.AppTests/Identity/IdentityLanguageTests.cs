using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Identity;

/// <summary>The languages of the built-in emails.</summary>
public sealed class IdentityLanguageTests
{
    private static readonly IdentityUser User = new();

    [Theory]
    [InlineData("en", "en", "Confirm your email address for R&D", "A new password for R&D")]
    [InlineData("en-GB", "en", "Confirm your email address for R&D", "A new password for R&D")]
    [InlineData("de-AT", "de", "Bestätigen Sie Ihre E-Mail-Adresse für R&D", "Neues Passwort für R&D")]
    [InlineData("fr-CA", "fr", "Confirmez votre adresse e-mail pour R&D", "Nouveau mot de passe pour R&D")]
    [InlineData("es-MX", "es", "Confirme su dirección de correo electrónico para R&D", "Nueva contraseña para R&D")]
    [InlineData("ja", "ja", "R&D：メールアドレスの確認", "R&D：新しいパスワードの設定")]
    [InlineData("pl", "en", "Confirm your email address for R&D", "A new password for R&D")]
    [InlineData("", "en", "Confirm your email address for R&D", "A new password for R&D")]
    public async Task Built_in_emails_are_in_the_language_of_the_user(string culture, string language, string confirm, string password)
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => s.AddSingleton<ISmtpTransporter>(fake).AddSmtpIdentityEmails(
            "accounts@example.com", o => (o.ApplicationName, o.Culture) = ("R&D", _ => CultureInfo.GetCultureInfo(culture))));
        var sender = host.Services.GetRequiredService<IEmailSender<IdentityUser>>();

        await sender.SendConfirmationLinkAsync(User, "ann@example.org", "https://x.example/?a=1&amp;b=2");
        await sender.SendPasswordResetLinkAsync(User, "ann@example.org", "https://x.example/?a=1&amp;b=2");
        await sender.SendPasswordResetCodeAsync(User, "ann@example.org", "C+D");

        var emails = fake.Sent.Select(s => s.Email).ToList();
        Assert.Equal([confirm, password, password], emails.Select(e => e.Subject));
        Assert.All(emails, email =>
        {
            Assert.Contains($"<html lang=\"{language}\">", email.HtmlBody, StringComparison.Ordinal);
            Assert.Contains("R&amp;D", email.HtmlBody, StringComparison.Ordinal);
            Assert.Contains("R&D", email.TextBody, StringComparison.Ordinal);
            Assert.DoesNotContain("{0}", email.TextBody, StringComparison.Ordinal);
            Assert.DoesNotContain("&#x", email.HtmlBody!.Replace("&#x2B;", "+", StringComparison.Ordinal), StringComparison.Ordinal);
        });
        Assert.All(emails.Take(2), email => Assert.Contains("\nhttps://x.example/?a=1&b=2\n", email.TextBody, StringComparison.Ordinal));
        Assert.Contains("\nC+D\n", emails[2].TextBody, StringComparison.Ordinal);
    }
}
