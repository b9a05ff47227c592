using SmtpTransport;

namespace TestingYourCode;

/// <summary>A service of an application, to be tested.</summary>
public sealed class Welcome(ISmtpTransporter transporter)
{
    public async Task<string> RegisterAsync(string address)
    {
        var result = await transporter.SendAsync(new Email { From = "shop@example.com", To = address, Subject = "Welcome", TextBody = "Good to have you." });
        return result.Success ? "Check your inbox." : result.IsTransient ? "Your email will arrive later." : "Is that address correct?";
    }
}
