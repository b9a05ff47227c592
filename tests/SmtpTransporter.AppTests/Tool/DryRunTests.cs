using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class DryRunTests : IDisposable
{
    private readonly ToolHost _tool = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_tool.Folder, "out");

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task A_dry_run_of_a_merge_writes_files_and_names_what_is_wrong_empty_or_unused()
    {
        var csv = _tool.Write("list.csv", "email,name,city,phone\nann@example.org,Ann,Ulm,1\nbob@,Bob,Ulm,1\ncy@example.org,,Ulm,1\n");
        string[] args =
        [
            "send", "--dry-run", "-o", Folder, "--csv", csv, "--from", "me@example.com", "--subject", "For {{ name }}", "--text", "Hi",
        ];

        Assert.Equal(1, await _tool.RunAsync(args));

        Assert.Equal(
            ["000002-ann@example.org.eml", "000004-cy@example.org.eml"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
        var email = Email.FromMime(await File.ReadAllBytesAsync(Path.Combine(Folder, "000002-ann@example.org.eml"), Cancellation));
        Assert.Equal(("For Ann", "me@example.com", "ann@example.org"), (email.Subject, email.From.ToString(), email.To.ToString()));
        Assert.Equal(
            $"""
            {csv}: line 3 (bob@) has no valid address: at position 4: there is nothing after "@".
            Nothing was sent. 2 emails would be sent, and can be looked at in {Folder}; 1 email would not.
            {csv}: the column "name" is empty in 1 line: 4. In the template, {"{{ name | default: \"…\" }}"} stands in for it.
            {csv}: the template does not use the columns city, phone.

            """,
            _tool.Errors.ToString(), ignoreLineEndingDifferences: true);
        Assert.Equal(64, await _tool.RunAsync(args));
        Assert.Contains("the folder is not empty", _tool.Errors.ToString());
        Assert.Equal(1, await _tool.RunAsync([.. args, "--force"]));
        Assert.Empty(Directory.GetFiles(_tool.Folder, "*.ledger"));
    }

    [Fact]
    public async Task A_dry_run_without_a_folder_writes_to_the_standard_output_and_needs_no_server()
    {
        Assert.Equal(0, await _tool.RunAsync(
            "send", "--dry-run", "--from", "me@example.com", "--to", "ann@example.org", "--subject", "Hello", "--text", "Grüße"));

        Assert.StartsWith("----- email 1 -----", _tool.Output.ToString());
        Assert.Contains("\nSubject: Hello\r\n", _tool.Output.ToString());
        Assert.Contains("Nothing was sent. 1 email would be sent.", _tool.Errors.ToString());
        Assert.Equal(64, await _tool.RunAsync("send", "--dry-run", "--to", "ann@example.org", "--text", "Hi"));
        Assert.Contains("No sender. Set --from.", _tool.Errors.ToString());
        Assert.Equal(0, await _tool.RunAsync("send", "--dry-run", "-s", "me%40example.com@smtp.example.com", "--to", "a@example.org"));
        Assert.Contains("From: me@example.com", _tool.Output.ToString());
    }

    [Fact]
    public async Task A_dry_run_names_what_would_fail()
    {
        var file = _tool.Write("a.eml", "From: me@example.com\r\nSubject: x\r\n\r\nHi");

        Assert.Equal(1, await _tool.RunAsync("send", file, "--dry-run"));

        Assert.Contains("Email 1 would fail: ", _tool.Errors.ToString());
        Assert.Contains("0 emails would be sent; 1 email would not.", _tool.Errors.ToString());
        Assert.Equal("", _tool.Output.ToString());
    }

    [Fact]
    public async Task The_sender_of_emails_from_files_can_be_given()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var file = _tool.Write("a.eml", "From: old@example.com\r\nTo: ann@example.org\r\nSubject: x\r\n\r\nHi");

        Assert.Equal(0, await _tool.RunAsync("send", file, "--from", "new@example.com", "-s", $"localhost:{server.Port}"));

        Assert.Equal(("new@example.com", "new@example.com"), (server.Messages[0].Sender, server.Messages[0].Message.From.ToString()));
    }
}
