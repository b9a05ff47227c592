using SmtpTransport;

namespace TestingYourCode;

/// <summary>A service of an application: what is to be tested.</summary>
public sealed class Welcome(ISmtpTransporter transporter)
{
    public async Task<string> RegisterAsync(string address)
    {
        var result = await transporter.SendAsync(new Email { From = "shop@example.com", To = address, Subject = "Welcome", TextBody = "Good to have you." });
        return result.Success ? "Look into your mailbox." : result.IsTransient ? "Your mail comes later." : "Is that address right?";
    }
}
