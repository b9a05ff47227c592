using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class ArgumentTests : IDisposable
{
    private readonly ToolHost _tool = new();

    public static TheoryData<string> Names => [.. Commands(Root).Select(c => c.Name)];

    private static Command Root =>
        new CommandLineTool(new ToolContext(AnsiConsole.Console, TextWriter.Null, TextWriter.Null, _ => null)).CreateRoot();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData(
        "Unknown option --sbject. Did you mean --subject?", "send", "--to", "ann@example.org", "--sbject", "x", "-s", "localhost:1")]
    [InlineData("Unknown option --too. Did you mean --to?", "send", "--too", "ann@example.org", "--text", "x")]
    [InlineData("Unknown option --jsno. Did you mean --json?", "check", "localhost:1", "--jsno")]
    [InlineData("Unknown option -x.", "send", "--to", "-x", "--text", "x")]
    [InlineData("Unknown option --prot. Did you mean --port?", "serve", "--prot=1025")]
    [InlineData("\"sned\" is no command of smtp-transporter. Did you mean send?", "sned")]
    [InlineData("\"shema\" is no command of outbox. Did you mean schema?", "outbox", "shema")]
    [InlineData("--port is \"x\"; it must be a whole number.", "serve", "--port", "x")]
    [InlineData("--tls is \"x\"; it must be StartTls, Implicit, None.", "serve", "--tls", "x")]
    [InlineData(
        "bob@example.org is no file. If it is a recipient, write --to before each one.", "send", "--to", "ann@example.org",
        "bob@example.org")]
    [InlineData("--to cannot be combined with --csv", "send", "--to", "ann@example.org", "--csv", "-", "--text", "x")]
    [InlineData("--ledger is for a mail merge: give --csv too.", "send", "a.eml", "--ledger", "a.ledger")]
    [InlineData("--output and --force are for --dry-run", "send", "a.eml", "--force")]
    [InlineData("--timeout is \"10s\"; it must be a number of seconds, such as 30", "check", "localhost:1", "--timeout", "10s")]
    [InlineData("--timeout is \"0\"; it must be", "check", "localhost:1", "--timeout", "0")]
    [InlineData("none.pem: there is no such file.", "check", "localhost:1", "--trust", "none.pem")]
    [InlineData("/: this is a folder, not a file.", "check", "localhost:1", "--trust", "/")]
    [InlineData("/: this is a folder, not a file.", "send", "--csv", "/", "--text", "x", "-s", "localhost:1")]
    [InlineData("/: this is a folder, not a file.", "send", "--html", "/", "--to", "a@example.org", "-s", "localhost:1")]
    [InlineData("/: this is a folder, not a file.", "send", "--attach", "/", "--to", "a@example.org", "-s", "localhost:1")]
    [InlineData("No command. Give one of check, login, send,")]
    [InlineData("/dev/null: the file name must end in .eml or .json.", "send", "/dev/null", "-s", "localhost:1")]
    [InlineData("There is no script for csh. The shells are bash, zsh, fish, pwsh.", "completion", "csh")]
    public async Task A_wrong_argument_is_named_with_what_may_be_meant(string why, params string[] args)
    {
        Assert.Equal(64, await _tool.RunAsync(args));

        Assert.Contains(why, _tool.Errors.ToString());
        Assert.DoesNotContain("   at ", _tool.Errors.ToString());
    }

    [Theory]
    [InlineData("-20% on everything")]
    [InlineData("--- News ---")]
    [InlineData("@everyone")]
    [InlineData("50")]
    public async Task A_subject_may_begin_as_an_option_does(string subject)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

        Assert.Equal(0, await _tool.RunAsync(
            "send", "-s", $"localhost:{server.Port}", "--to", "ann@example.org", "--subject", subject, "--text", subject));

        Assert.Equal((subject, subject), (server.Messages[0].Message.Subject, server.Messages[0].Message.TextBody!.Trim()));
    }

    [Fact]
    public async Task Convert_replaces_a_file_only_by_force()
    {
        var (from, to) = (_tool.Write("a.eml", "From: a@example.com\r\nSubject: new\r\n\r\nHi"), _tool.Write("b.json", "old"));

        Assert.Equal(64, await _tool.RunAsync("convert", from, to));
        Assert.Contains("b.json: the file exists. Name another one, or give --force", _tool.Errors.ToString());
        Assert.Equal("old", File.ReadAllText(to));
        Assert.Equal(0, await _tool.RunAsync("convert", from, to, "--force"));
        Assert.Contains("new", File.ReadAllText(to));
        Assert.Equal(64, await _tool.RunAsync("convert", _tool.Write("empty.eml", ""), to));
        Assert.Contains("empty.eml: the file is empty.", _tool.Errors.ToString());
        Directory.CreateDirectory(Path.Combine(_tool.Folder, "c.json"));
        Assert.Equal(64, await _tool.RunAsync("convert", Path.Combine(_tool.Folder, "c.json"), to));
        Assert.Contains("c.json: this is a folder, not a file.", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_password_in_the_environment_may_have_an_at_sign_that_is_not_encoded()
    {
        await using var server = SmtpTestServer.Start(new()
        {
            Tls = SmtpTestTlsMode.None,
            Users = new Dictionary<string, string> { ["me"] = "p@ss" },
        });
        _tool.Variables["SMTP_URL"] = $"smtp://me:p@ss@localhost:{server.Port}";

        Assert.Equal(0, await _tool.RunAsync("check"));

        Assert.Contains("me by ", _tool.Screen.ToString());
        Assert.DoesNotContain("p@ss", _tool.Screen.ToString());
    }

    [Fact]
    public async Task A_certificate_can_be_trusted_by_its_file()
    {
        await using var server = SmtpTestServer.Start();
        var pem = _tool.Write("ca.pem", server.Certificate!.ExportCertificatePem());
        var der = _tool.Write("ca.crt", server.Certificate.Export(X509ContentType.Cert));
        var url = $"smtp://localhost:{server.Port}?acceptUnsecureConnection=false";

        Assert.Equal(1, await _tool.RunAsync("check", url));
        Assert.Equal(0, await _tool.RunAsync("check", url, "--trust", pem));
        Assert.Equal(0, await _tool.RunAsync("send", "-s", url, "--trust", der, "--to", "ann@example.org", "--text", "Hi"));
        Assert.Equal(64, await _tool.RunAsync("check", url, "--trust", _tool.Write("no.pem", "rubbish")));
        Assert.Contains("no.pem\"; it must be the path of a readable certificate in PEM or DER", _tool.Errors.ToString());
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_the_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var url = $"localhost:{((IPEndPoint)silent.LocalEndpoint).Port}";

        Assert.Equal(75, await _tool.RunAsync("check", url, "--timeout", "0.2"));
        Assert.Equal(75, await _tool.RunAsync("send", "-s", url, "--timeout", "0.2", "--to", "ann@example.org", "--text", "Hi"));
    }

    [Fact]
    public async Task On_a_terminal_check_shows_what_it_waits_for()
    {
        using var screen = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = 200;
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var tool = new CommandLineTool(new ToolContext(console, _tool.Output, _tool.Errors, _ => null));

        Assert.Equal(75, await tool.RunAsync(["check", $"localhost:{port}", "--timeout", "0.5"], TestContext.Current.CancellationToken));

        Assert.Contains($"Connecting to localhost:{port}, for up to 0.5 s…", screen.ToString());
    }

    [Fact]
    public async Task What_is_piped_has_no_escapes_no_bars_and_whole_lines()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var reply = $"5.1.1 {string.Join(' ', Enumerable.Repeat("no such user", 30))}";
        server.Script.On(SmtpStep.RcptTo, "bob").Reply(550, reply);
        var files = new[] { "ann", "bob" }.Select(n =>
            _tool.Write($"{n}.eml", $"From: me@example.com\r\nTo: {n}@example.org\r\nSubject: x\r\n\r\nHi"));

        Assert.Equal(1, await _tool.RunAsync(["send", .. files, "-s", $"localhost:{server.Port}"]));

        Assert.Equal(
            $"Email 2 to bob@example.org: 550 {reply}\n1 sent, 1 failed.\n", _tool.Screen.ToString(), ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("se", "send,serve")]
    [InlineData("send --cs", "--csv,--csv-encoding")]
    [InlineData("serve --tls ", "Implicit,None,StartTls")]
    [InlineData("completion ", "bash,fish,pwsh,zsh")]
    public async Task A_shell_gets_completions(string line, string expected)
    {
        Assert.Equal(0, await _tool.RunAsync($"[suggest:{line.Length}]", line));

        var names = _tool.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(n => n.Trim());
        var some = names.Where(n => !n.StartsWith("--h", StringComparison.Ordinal) && n[0] is not '/' and not '?' && n.Length > 2);
        Assert.Equal(expected, string.Join(',', some.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    [InlineData("pwsh", null)]
    public async Task Each_shell_has_a_script_that_it_accepts(string shell, string? check)
    {
        Assert.Equal(0, await _tool.RunAsync("completion", shell));

        var script = _tool.Output.ToString();
        Assert.Contains("smtp-transporter \"[suggest:", script);
        if (check is not null)
            await ExternalCheck.AcceptsAsync(shell, [check, _tool.Write("script", script)]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_manual_page_describes_each_command_and_option(string name)
    {
        Assert.Equal(0, await _tool.RunAsync("man"));

        var page = _tool.Output.ToString().Replace("\\-", "-", StringComparison.Ordinal)
            .Replace("\\[u2026]", "…", StringComparison.Ordinal);
        var section = page[page.IndexOf($".SS {name}\n", StringComparison.Ordinal)..].Split("\n.S", 3)[0..2];
        var command = Commands(Root).Single(c => c.Name == name).Command;
        Assert.All(command.Options, o => Assert.Contains($"\\fB{o.Name}\\fR", string.Concat(section)));
        Assert.All(command.Arguments, a => Assert.Contains($".I {a.Name}\n{a.Description}", string.Concat(section)));
        Assert.Contains(command.Description!, page);
    }

    [Fact]
    public async Task The_manual_page_is_valid()
    {
        Assert.Equal(0, await _tool.RunAsync("man"));

        var path = _tool.Write("smtp-transporter.1", _tool.Output.ToString());
        await ExternalCheck.AcceptsAsync("mandoc", ["-Tlint", "-W", "error", path]);
        await ExternalCheck.AcceptsAsync("groff", ["-man", "-Tutf8", "-ww", "-z", path]);
    }

    private static IEnumerable<(string Name, Command Command)> Commands(Command parent, string prefix = "") =>
        parent.Subcommands.SelectMany(c => c.Subcommands.Count > 0
            ? Commands(c, $"{prefix}{c.Name} ")
            : [($"{prefix}{c.Name}", c)]);
}
