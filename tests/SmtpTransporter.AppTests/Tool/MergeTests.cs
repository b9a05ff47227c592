using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class MergeTests : IDisposable
{
    private readonly ToolHost _tool = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Each_broken_line_of_a_CSV_file_is_named_with_its_number_and_address_and_nothing_is_sent()
    {
        await using var server = StartServer();

        Assert.Equal(64, await MergeAsync(server, _tool.Write("list.csv", BrokenLines.Write())));

        AssertNamed(_tool.Errors.ToString());
        Assert.Contains("Of 10,000 lines, 31 cannot be used. Nothing was sent.", _tool.Errors.ToString());
        Assert.Empty(server.Messages);
        Assert.Empty(Directory.GetFiles(_tool.Folder, "*.ledger"));
    }

    [Fact]
    public async Task A_merge_that_is_killed_three_times_sends_to_each_address_once()
    {
        await using var server = StartServer();
        var csv = _tool.Write("list.csv", BrokenLines.Write());
        string[] args =
        [
            "send", "--csv", csv, "--skip-invalid", "-s", $"smtp://localhost:{server.Port}", "--subject", "For {{ name }}",
            "--text", "Hi",
        ];

        foreach (var count in new[] { 2_000, 4_500, 7_000 })
        {
            using var process = Start(args);
            var errors = process.StandardError.ReadToEndAsync(Cancellation);
            await server.WaitForMessageAsync(count, Cancellation);
            process.Kill();
            await process.WaitForExitAsync(Cancellation);
            AssertNamed(await errors);
        }
        var last = await RunAsync(args);

        Assert.Equal(1, last.Code);
        var got = Recipients(server);
        var inDoubt = Regex.Matches(last.Errors, @"\((\S+)\) is in doubt: an earlier run may have sent it \(Message-ID <\S+@\S+>\)")
            .Select(m => m.Groups[1].Value).ToList();
        var missing = BrokenLines.GoodAddresses.Except(got).ToList();
        Assert.Empty(missing.Except(inDoubt));
        Assert.Contains("31 left out because they cannot be used", last.Screen);
        if (missing.Count > 0)
            await RunAsync([.. args, .. missing.SelectMany(address => new[] { "--resend", address })]);
        Assert.Equal(BrokenLines.GoodAddresses.Order(), Recipients(server).Order());
    }

    [Fact]
    public async Task A_second_run_sends_only_what_is_left()
    {
        await using var server = StartServer();
        server.Script.On(SmtpStep.RcptTo, "bob").Times(1).Reply(451, "4.3.0 Later");
        var csv = _tool.Write("list.csv", "email,name\nann@example.org,Ann\nbob@example.org,Bob\ncy@example.org,Cy\n");

        Assert.Equal(75, await MergeAsync(server, csv));
        Assert.Contains("Line 3 (bob@example.org): 451 ", _tool.Screen.ToString());
        Assert.Contains("2 sent, 1 failed.", _tool.Screen.ToString());
        Assert.Contains("The same command sends what is left", _tool.Screen.ToString());
        Assert.Equal(0, await MergeAsync(server, csv));
        Assert.Contains("1 sent, 0 failed, 2 sent before.", _tool.Screen.ToString());
        Assert.Equal(0, await MergeAsync(server, csv));
        Assert.Contains("0 sent, 0 failed, 3 sent before.", _tool.Screen.ToString());
        Assert.Contains("To send it to all again, name another file with --ledger", _tool.Screen.ToString());

        Assert.Equal(["ann@example.org", "bob@example.org", "cy@example.org"], Recipients(server).Order());
        Assert.Equal(0, await MergeAsync(server, csv, "--ledger", Path.Combine(_tool.Folder, "again.ledger")));
        Assert.Equal(6, server.Messages.Count);
    }

    [Fact]
    public async Task An_address_that_was_under_way_is_in_doubt_until_it_is_sent_again_on_demand()
    {
        await using var server = StartServer();
        var csv = _tool.Write("list.csv", "email\nann@example.org\nbob@example.org\ncy@example.org\n");
        Assert.Equal(0, await MergeAsync(server, csv));
        // As a run leaves it that was killed while it sent to two of them.
        var lines = await File.ReadAllLinesAsync($"{csv}.ledger", Cancellation);
        await File.WriteAllLinesAsync(
            $"{csv}.ledger",
            lines.Where(l => !l.Contains("outcome", StringComparison.Ordinal) || l.Contains("ann", StringComparison.Ordinal)),
            Cancellation);
        await File.AppendAllTextAsync($"{csv}.ledger", "{\"at\":\"2026-01-01T00:00:00+00:00\",\"addr", Cancellation);
        server.Clear();

        Assert.Equal(1, await MergeAsync(server, csv));
        Assert.Contains("Line 3 (bob@example.org) is in doubt: an earlier run may have sent it (Message-ID <", _tool.Errors.ToString());
        Assert.Contains("Look for the Message-IDs in the log of the server.", _tool.Errors.ToString());
        Assert.Contains("0 sent, 0 failed, 1 sent before, 2 in doubt.", _tool.Screen.ToString());
        Assert.Empty(server.Messages);
        Assert.Equal(64, await MergeAsync(server, csv, "--resend", "dan@example.org"));
        Assert.Contains("--resend dan@example.org: no line that can be used has this address.", _tool.Errors.ToString());
        Assert.Equal(1, await MergeAsync(server, csv, "--resend", "bob@example.org"));
        Assert.Equal(["bob@example.org"], Recipients(server));
        Assert.Equal(0, await MergeAsync(server, csv, "--resend-unknown"));
        Assert.Equal(["bob@example.org", "cy@example.org"], Recipients(server));
    }

    [Fact]
    public async Task An_unknown_outcome_is_in_doubt_in_the_next_run()
    {
        await using var server = StartServer();
        server.Script.On(SmtpStep.EndOfData).Close();
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");

        Assert.Equal(1, await MergeAsync(server, csv));
        Assert.Equal(1, await MergeAsync(server, csv));

        Assert.Contains("Line 2 (ann@example.org) is in doubt", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_ledger_of_another_email_server_or_run_is_refused()
    {
        await using var server = StartServer();
        await using var other = StartServer();
        var csv = _tool.Write("list.csv", "email\nann@example.org\n");
        Assert.Equal(0, await MergeAsync(server, csv, "--subject", "May"));

        Assert.Equal(64, await MergeAsync(server, csv, "--subject", "June"));
        Assert.Contains("is that of another email, with the subject \"May\"", _tool.Errors.ToString());
        Assert.Equal(64, await MergeAsync(other, csv, "--subject", "May"));
        Assert.Contains(
            $"is that of what was sent by localhost:{server.Port}, and not by localhost:{other.Port}", _tool.Errors.ToString());
        Assert.Equal(0, await MergeAsync(other, csv, "--subject", "June", "--continue"));
        Assert.Contains("0 sent, 0 failed, 1 sent before.", _tool.Screen.ToString());
        Assert.Equal(64, await MergeAsync(other, csv, "--ledger", _tool.Write("notes.txt", "Notes\n")));
        Assert.Contains("notes.txt cannot be read in line 1: ", _tool.Errors.ToString());
        Assert.Equal(64, await MergeAsync(other, csv, "--ledger", csv));
        using (new FileStream($"{csv}.ledger", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Equal(64, await MergeAsync(other, csv));
        Assert.Contains("If no other run uses it, name another one with --ledger.", _tool.Errors.ToString());
        Assert.Equal(64, await MergeAsync(other, csv, "--ledger", _tool.Folder));
        Assert.Empty(other.Messages);
    }

    [Fact]
    public async Task A_merge_with_a_server_that_cannot_be_used_begins_no_email()
    {
        await using var server = StartServer();
        server.Script.On(SmtpStep.Connect).Reply(554, "5.3.2 No");

        Assert.Equal(1, await MergeAsync(server, _tool.Write("list.csv", "email\nann@example.org\n")));

        Assert.Contains($"The server localhost:{server.Port} cannot be used: ", _tool.Errors.ToString());
        Assert.DoesNotContain("ann", await File.ReadAllTextAsync(Path.Combine(_tool.Folder, "list.csv.ledger"), Cancellation));
    }

    [Fact]
    public async Task A_canceled_merge_ends_what_is_under_way_and_begins_no_other_email()
    {
        await using var server = StartServer();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        server.Script.On(SmtpStep.RcptTo, "n20@").Do(_ => cancellation.Cancel());
        var csv = _tool.Write("list.csv", $"email\n{string.Join('\n', Enumerable.Range(0, 200).Select(n => $"n{n}@example.org"))}\n");
        string[] args = ["send", "--csv", csv, "-s", $"smtp://localhost:{server.Port}", "--subject", "x"];

        Assert.Equal(75, await _tool.RunUntilAsync(args, cancellation.Token));
        Assert.Matches("^[0-9]+ sent, 0 failed, 1[0-9]+ not begun\\.", _tool.Screen.ToString());
        Assert.Equal(0, await _tool.RunAsync(args));

        Assert.Equal(200, Recipients(server).Distinct().Count());
        Assert.Equal(200, server.Messages.Count);
    }

    [Theory]
    [InlineData("\uFEFFemail,name\r\nann@example.org,\"Ann \"\"A\"\", Jr.\"\r\n", "Ann \"A\", Jr.")]
    [InlineData("sep=;\nemail;name\nann@example.org;Ann, Jr.\n", "Ann, Jr.")]
    [InlineData("email\tname\nann@example.org\tAnn; Jr.", "Ann; Jr.")]
    [InlineData("\"name, or what\";email;name;;\r\n\r\nx;Ann <ann@example.org>;Ann;;\r\n;;;;\r\n", "Ann", "--skip-invalid")]
    [InlineData("email,name\rann@example.org,\"Ann\rJr.\"\r", "Ann\nJr.")]
    [InlineData("email,name\nann@example.org,\"Ann, Ulm\nann\"\n", "Ann, Ulm\nann")]
    public async Task The_usual_forms_of_CSV_are_read(string content, string name, params string[] more)
    {
        await using var server = StartServer();

        await MergeAsync(server, _tool.Write("list.csv", content), ["--text", "{{ name }}", .. more]);

        Assert.True(server.Messages.Count == 1, _tool.Errors.ToString());
        Assert.Equal("ann@example.org", server.Messages[0].Recipients.Single());
        Assert.Equal(name, server.Messages[0].Message.TextBody!.ReplaceLineEndings("\n").Trim());
    }

    [Fact]
    public async Task A_table_can_come_from_a_pipe()
    {
        await using var server = StartServer();
        _tool.Input = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("email,name\nann@example.org,Björn\n")).ToArray();

        Assert.Equal(0, await MergeAsync(server, "-", "--text", "{{ name }}", "--json"));

        Assert.Equal("Björn", server.Messages.Single().Message.TextBody!.Trim());
        using var json = JsonDocument.Parse(_tool.Output.ToString());
        Assert.Equal(2, json.RootElement.GetProperty("line").GetInt32());
        Assert.Empty(Directory.GetFiles(_tool.Folder));
    }

    [Theory]
    [InlineData("email,name,Name\na@example.org,b,c\n", "the column \"name\" is in the header line twice.")]
    [InlineData("email,name\n", "there is no line below the header line.")]
    [InlineData("\n \n", "the file has no header line.")]
    [InlineData("email,name\na@example.org,J\u00FCrgen\n", "the file is UTF-8, and would have wrong characters in latin1.", "latin1")]
    [InlineData("email,na\"me\na@example.org,b\n", "line 1 is not valid CSV.")]
    public async Task A_table_that_cannot_be_used_is_wrong_usage(string content, string why, string encoding = "utf-8")
    {
        await using var server = StartServer();

        Assert.Equal(64, await MergeAsync(server, _tool.Write("list.csv", content), "--encoding", encoding));

        Assert.Contains($"list.csv: {why}", _tool.Errors.ToString());
    }

    private static SmtpTestServer StartServer() => SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, KeepSessions = false });

    private static IEnumerable<string> Recipients(SmtpTestServer server) => server.Messages.SelectMany(m => m.Recipients);

    private static void AssertNamed(string errors)
    {
        foreach (var ((_, name, problem), number) in BrokenLines.Kinds.Zip(BrokenLines.Numbers))
        {
            var start = $"list.csv: line {number} {name}".TrimEnd();
            Assert.Contains(
                errors.Split('\n'), l => l.Contains(start, StringComparison.Ordinal) && l.Contains(problem, StringComparison.Ordinal));
        }
    }

    private Task<int> MergeAsync(SmtpTestServer server, string csv, params string[] more)
    {
        string[] subject = more.Contains("--subject") ? [] : ["--subject", "x"];
        return _tool.RunAsync(["send", "--csv", csv, "-s", $"smtp://localhost:{server.Port}", .. subject, .. more]);
    }

    private static async Task<(int Code, string Screen, string Errors)> RunAsync(string[] args)
    {
        using var process = Start(args);
        var (screen, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await screen, await errors);
    }

    /// <summary>Runs the tool as a process of its own, which can be killed.</summary>
    private static Process Start(string[] args)
    {
        var program = OperatingSystem.IsWindows() ? "SmtpTransporter.Tool.exe" : "SmtpTransporter.Tool";
        var path = Path.Combine(AppContext.BaseDirectory, program);
        return Process.Start(new ProcessStartInfo(path, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
