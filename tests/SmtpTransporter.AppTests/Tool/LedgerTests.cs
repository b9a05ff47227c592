using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>What the ledger of a mail merge takes for sent, for the same email and for the same address.</summary>
public sealed class LedgerTests : IDisposable
{
    private readonly ToolHost _tool = new();
    private readonly SmtpTestServer _server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_address_that_was_refused_while_a_copy_was_accepted_gets_the_email_again()
    {
        _server.Script.On(SmtpStep.RcptTo, "ann@").Times(1).Reply(450, "4.2.0 Greylisted");
        var template = _tool.Write(
            "news.json",
            """{"from": "me@example.com", "cc": "archive@example.com", "subject": "News", "textBody": "News"}""");
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");

        Assert.NotEqual(0, await RunAsync(template, "--csv", csv));
        Assert.Equal(0, await RunAsync(template, "--csv", csv));

        Assert.Contains("ann@example.org", _server.Messages[^1].Recipients);
        Assert.Contains("1 sent, 0 failed.", _tool.Screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_attachment_makes_another_email()
    {
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");
        string[] args = ["--csv", csv, "--subject", "Report", "--attach", _tool.Write("report.txt", "May")];
        Assert.Equal(0, await RunAsync(args));

        _tool.Write("report.txt", "June");

        Assert.Equal(64, await RunAsync(args));
        Assert.Contains("is that of another email, with the subject \"Report\"", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_sent_nothing_claims_no_ledger()
    {
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");
        Assert.NotEqual(0, await _tool.RunAsync(["send", "--csv", csv, "--subject", "x", "-s", "smtp://localhost:1"]));

        Assert.Equal(0, await RunAsync("--csv", csv, "--subject", "y"));

        Assert.Single(_server.Messages);
    }

    [Theory]
    [InlineData("{\"at\":\"2026-05-01T00:00:00Z\",\"address\":\"bö")]
    [InlineData("{\"at\":\"2026-05-01T00:00:00Z\",\"reply\":{}")]
    [InlineData("\0\0\0\0")]
    public async Task What_an_interrupted_write_leaves_is_passed_over(string rest)
    {
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");
        Assert.Equal(0, await RunAsync("--csv", csv, "--subject", "x"));
        // The last character loses its second octet.
        var octets = Encoding.UTF8.GetBytes(rest);
        await using (var ledger = new FileStream($"{csv}.ledger", FileMode.Append))
            await ledger.WriteAsync(octets.AsMemory(0, rest.EndsWith('ö') ? octets.Length - 1 : octets.Length), Cancellation);

        Assert.Equal(0, await RunAsync("--csv", csv, "--subject", "x"));
        Assert.Equal(0, await RunAsync("--csv", csv, "--subject", "x"));

        Assert.Single(_server.Messages);
    }

    [Fact]
    public async Task Two_forms_of_one_address_are_one()
    {
        var csv = _tool.Write("list.csv", "email\nann@bücher.example\nann@xn--bcher-kva.example\n");

        Assert.Equal(64, await RunAsync("--csv", csv, "--subject", "x"));

        Assert.Contains(
            "line 3 (ann@xn--bcher-kva.example) has the address of line 2 again.", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_its_owner_can_read_the_ledger()
    {
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");
        Assert.Equal(0, await RunAsync("--csv", csv, "--subject", "x"));

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{csv}.ledger"));
    }

    public void Dispose()
    {
        _server.Dispose();
        _tool.Dispose();
    }

    private Task<int> RunAsync(params string[] args) => _tool.RunAsync(["send", "-s", $"smtp://localhost:{_server.Port}", .. args]);
}
