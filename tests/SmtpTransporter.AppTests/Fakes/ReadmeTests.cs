using Moq;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Fakes;

/// <summary>The three ways to test a service, as the README shows them: a test compares the two.</summary>
public class ReadmeTests
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

        var mail = transporter.Sent.ShouldContainOne(m => m.To.Contains("ann@example.org")).Mail;
        Assert.Equal("Welcome", mail.Subject);
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

    [Theory]
    [InlineData("moq")]
    [InlineData("fake")]
    [InlineData("server")]
    public void The_README_shows_them_as_they_are(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "SmtpTransporter.sln")))
            root = root.Parent!;
        var source = File.ReadAllText(Path.Combine(root.FullName, "tests/SmtpTransporter.AppTests/Fakes/ReadmeTests.cs"));
        var from = source.IndexOf($"// <{name}>", StringComparison.Ordinal) + name.Length + 5;
        var lines = source[from..source.IndexOf($"// </{name}>", StringComparison.Ordinal)].Trim('\r', '\n', ' ').Split('\n');
        var snippet = string.Join("\n", lines.Select(l => l.StartsWith("    ", StringComparison.Ordinal) ? l[4..] : l));

        Assert.True(snippet.Split('\n').Length <= 11, "ten lines, and one between them");
        Assert.Contains(snippet, File.ReadAllText(Path.Combine(root.FullName, "README.md")), StringComparison.Ordinal);
    }
}
