using Moq;
using SmtpTransport;
using SmtpTransport.Testing;
using Xunit;

namespace TestingYourCode;

/// <summary>Three ways to test a service that sends. The README shows them word for word.</summary>
public class WelcomeTests
{
    // <moq>
    [Fact]
    public async Task A_mail_that_is_put_off_comes_later()
    {
        var transporter = new Mock<ISmtpTransporter>();
        transporter.Setup(t => t.SendAsync(It.IsAny<Email>(), default)).ReturnsAsync(SendResult.Create(Outcome.Deferred, 451, "4.7.1 Try later"));

        Assert.Equal("Your mail comes later.", await new Welcome(transporter.Object).RegisterAsync("ann@example.org"));
    }
    // </moq>

    // <fake>
    [Fact]
    public async Task A_new_customer_gets_one_mail()
    {
        var transporter = new FakeSmtpTransporter();

        await new Welcome(transporter).RegisterAsync("ann@example.org");

        var email = transporter.Sent.ShouldContainSingle(m => m.To.Contains("ann@example.org")).Email;
        Assert.Equal("Welcome", email.Subject);
    }
    // </fake>

    // <server>
    [Fact]
    public async Task An_address_that_the_server_does_not_know_is_questioned()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@example.org").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal("Is that address right?", await new Welcome(transporter).RegisterAsync("bob@example.org"));
    }
    // </server>
}
