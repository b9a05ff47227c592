using Microsoft.AspNetCore.Identity.UI.Services;

namespace SmtpTransport.Identity;

/// <summary>Delivers the emails that Identity's Razor Pages write themselves. Thread-safe.</summary>
internal sealed class PageEmailSender(IdentityEmailDelivery delivery) : IEmailSender
{
    public Task SendEmailAsync(string email, string subject, string htmlMessage)
    {
        var message = new Email { Subject = subject, HtmlBody = htmlMessage };
        message.GenerateTextBody();
        return delivery.DeliverAsync(message, email, "Razor Pages");
    }
}
