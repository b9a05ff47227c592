namespace SmtpTransport.DocsTests.Sample;

/// <summary>The service that the snippets of the testing page test; the sample TestingYourCode has it too.</summary>
public sealed class Welcome(ISmtpTransporter transporter)
{
    public async Task<string> RegisterAsync(string address)
    {
        var result = await transporter.SendAsync(new Email { From = "shop@example.com", To = address, Subject = "Welcome" });
        return result.Success ? "Check your inbox." : result.IsTransient ? "Your email will arrive later." : "Is that address correct?";
    }
}
