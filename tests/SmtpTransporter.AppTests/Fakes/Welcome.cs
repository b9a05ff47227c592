namespace SmtpTransport.AppTests.Fakes;

/// <summary>The service of a user that the tests of the README test.</summary>
public sealed class Welcome(ISmtpTransporter transporter)
{
    public async Task<string> RegisterAsync(string address)
    {
        var result = await transporter.SendAsync(new Email { From = "shop@example.com", To = address, Subject = "Welcome", TextBody = "Good to have you." });
        return result.Success ? "Look into your mailbox." : result.IsTransient ? "Your mail comes later." : "Is that address right?";
    }
}
