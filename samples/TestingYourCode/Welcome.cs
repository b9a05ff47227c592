using SmtpTransport;

namespace TestingYourCode;

/// <summary>A service of an application, to be tested.</summary>
public sealed class Welcome(ISmtpTransporter transporter)
{
    public async Task<string> RegisterAsync(string address)
    {
        var email = new Email { From = "shop@example.com", To = [address], Subject = "Welcome", TextBody = "Good to have you." };
        var result = await transporter.SendAsync(email);
        if (result.Success)
            return "Check your inbox.";
        return result.IsTransient ? "Your email will arrive later." : "Is that address correct?";
    }
}
