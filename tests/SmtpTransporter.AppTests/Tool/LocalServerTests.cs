using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>Which servers are on this machine.</summary>
public sealed class LocalServerTests
{
    [Theory]
    [InlineData("smtp://unix:/run/smtp.sock", true)]
    [InlineData("unix:/run/smtp.sock", true)]
    [InlineData("smtp://localhost", true)]
    [InlineData("smtp://[::1]:25", true)]
    [InlineData("smtp://unix.example.com", false)]
    [InlineData("smtp://192.0.2.1", false)]
    public void A_connection_within_this_machine_needs_no_TLS(string url, bool isLocal)
    {
        using var output = new StringWriter();
        var context = new ToolContext(AnsiConsole.Console, output, output, _ => null);

        var options = Server.GetOptions(url, context, mayAsk: false);

        Assert.Equal((isLocal, isLocal), (options.AcceptUnsecureConnection, Server.IsLoopback(options.Host)));
    }
}
