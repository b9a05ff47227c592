using Moq;
using SmtpTransport;
using SmtpTransport.Testing;
using Xunit;

namespace TestingYourCode;

/// <summary>Three ways to test a service that sends. The page docs/testing.md shows them as they are.</summary>
public class WelcomeTests
{
    // <moq>
    [Fact]
    public async Task Deferred_email_is_announced_for_later()
    {
        var deferred = SendResult.Create(Outcome.Deferred, 451, "4.7.1 Try again later");
        var transporter = new Mock<ISmtpTransporter>();
        transporter.Setup(t => t.SendAsync(It.IsAny<Email>(), default)).ReturnsAsync(deferred);

        Assert.Equal("Your email will arrive later.", await new Welcome(transporter.Object).RegisterAsync("ann@example.org"));
    }
    // </moq>

    // <fake>
    [Fact]
    public async Task New_customer_gets_one_email()
    {
        var transporter = new FakeSmtpTransporter();

        await new Welcome(transporter).RegisterAsync("ann@example.org");

        var email = transporter.Sent.ShouldContainSingle(m => m.To.Contains("ann@example.org")).Email;
        Assert.Equal("Welcome", email.Subject);
    }
    // </fake>

    // <server>
    [Fact]
    public async Task Address_that_the_server_refuses_is_questioned()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "bob@example.org").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal("Is that address correct?", await new Welcome(transporter).RegisterAsync("bob@example.org"));
    }
    // </server>
}
