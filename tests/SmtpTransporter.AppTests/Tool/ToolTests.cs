using System.Net;
using System.Text;
using System.Text.Json;
using SmtpTransport.Testing;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class ToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tool").FullName;
    private readonly StringWriter _screen = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly Dictionary<string, string> _variables = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_shows_each_step()
    {
        var users = new Dictionary<string, string> { ["me@example.com"] = "p@ss:word" };
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = users });
        _variables["SMTP_PASSWORD"] = "p@ss:word";

        Assert.Equal(0, await RunAsync("check", $"smtp://me%40example.com@localhost:{server.Port}"));

        string[] expected =
        [
            "Connect", $"port {server.Port}", "me@example.com by SCRAM-SHA-256", "250 2.0.0 Ok", "The check succeeded", "not encrypted",
            "CHUNKING",
        ];
        Assert.All(expected, text => Assert.Contains(text, _screen.ToString()));
        Assert.DoesNotContain("p@ss:word", _screen + _output.ToString() + _errors);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task Check_shows_what_to_do_and_whether_to_try_again()
    {
        var users = new Dictionary<string, string> { ["me"] = "right" };
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = users });
        var port = server.Port;
        _variables["SMTP_PASSWORD"] = "wrong-password";

        Assert.Equal(1, await RunAsync("check", $"me@localhost:{port}"));
        Assert.Contains("What to do: Check User and Password.", _screen.ToString().ReplaceLineEndings(" "));
        Assert.Equal(1, await RunAsync("check", $"smtp://localhost:{port}?acceptUnsecureConnection=false"));
        Assert.Contains("does not offer TLS on this port", _screen.ToString().ReplaceLineEndings(" "));
        await server.DisposeAsync();
        Assert.Equal(75, await RunAsync("check", $"smtp://localhost:{port}", "--json"));
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Equal((false, 3101, "own.connect-failed"), (
            json.RootElement.GetProperty("success").GetBoolean(),
            json.RootElement.GetProperty("errors")[0].GetProperty("errCode").GetInt32(),
            json.RootElement.GetProperty("explanation").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Send_sends_an_email_from_arguments()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        _variables["SMTP_URL"] = $"smtp://localhost:{server.Port}";
        var html = Write("mail.html", "<p>Hello <img src=\"dot.png\"></p>");
        await File.WriteAllBytesAsync(Path.Combine(_folder, "dot.png"), [1, 2, 3], Cancellation);
        var file = Write("report.csv", "a;b");

        Assert.Equal(0, await RunAsync(
            "send", "--from", "me@example.com", "--to", "ann@example.org", "--to", "bob@example.net", "--subject", "Grüße", "--html", html,
            "--attach", file));

        var message = server.Messages[0];
        Assert.Equal(["ann@example.org", "bob@example.net"], message.Recipients);
        Assert.Equal("Grüße", message.Message.Subject);
        Assert.Contains("cid:", message.Message.HtmlBody);
        Assert.Equal("Hello", message.Message.TextBody!.Trim());
        Assert.Contains(message.Message.Attachments, a => a.ContentDisposition?.FileName == "report.csv");
        Assert.Contains($"Sent {message.Message.MessageId}", _screen.ToString().ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task Send_merges_a_template_with_a_CSV_file()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var csv = Write("list.csv", "Mail;name;city\nann@example.org;Ann & <Bob>;Zürich\nbob@example.net;Bob;\n");
        var template = Write("news.json", """
            {
              "from": "shop@example.com",
              "subject": "News for {{ name }}",
              "textBody": "Dear {{name}}{% if city != '' %} in {{city}}{% endif %}",
              "htmlBody": "<p>{{name}}</p>"
            }
            """);

        var url = $"smtp://localhost:{server.Port}";
        Assert.Equal(0, await RunAsync("send", template, "--csv", csv, "--to-column", "mail", "--server", url));

        var ann = server.Messages.Single(m => m.Recipients[0] == "ann@example.org").Message;
        Assert.Equal("News for Ann & <Bob>", ann.Subject);
        Assert.Equal("Dear Ann & <Bob> in Zürich", ann.TextBody!.Trim());
        Assert.Equal("<p>Ann &amp; &lt;Bob&gt;</p>", ann.HtmlBody!.Trim());
        Assert.Equal("Dear Bob", server.Messages.Single(m => m.Recipients[0] == "bob@example.net").Message.TextBody!.Trim());
        Assert.Contains("2 sent, 0 failed", _screen.ToString());
    }

    [Theory]
    [InlineData("{{ naem }}", "{{ naem }}")]
    [InlineData("{{ Name | uppcase }}", "the filter \"uppcase\"")]
    [InlineData("{% if naem == 'x' %}a{% endif %}", "{{ naem }}")]
    [InlineData("{% if city == 'x' %}{{ naem | upcase }}{% endif %}", "{{ naem }}")]
    [InlineData("{% for x in naems %}{{ x }}{% endfor %}", "{{ naems }}")]
    [InlineData("{{ 'x' | append: naem }}", "{{ naem }}")]
    [InlineData("{% assign greeting = naem %}{{ greeting }}", "{{ naem }}")]
    [InlineData("{% case naem %}{% when 'x' %}a{% endcase %}", "{{ naem }}")]
    [InlineData("{{ name.frist }}", "{{ name.frist }}")]
    [InlineData("{{ naem | default: 'friend' }} {{ nmae }}", "{{ naem }}, {{ nmae }}")]
    public async Task A_merge_with_an_unknown_column_or_filter_sends_nothing(string text, string unknown)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var csv = Write("list.csv", "email,name,city\nann@example.org,Ann,Zürich\n");
        var url = $"smtp://localhost:{server.Port}";

        Assert.Equal(64, await RunAsync("send", "--csv", csv, "-s", url, "--subject", "x", "--text", text));
        Assert.Contains($"TextBody of the template refers to {unknown}, which", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("email, name, city", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(64, await RunAsync("send", "--csv", csv, "-s", url, "--subject", text, "--text", "x"));
        Assert.Contains($"Subject of the template refers to {unknown}, which", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(64, await RunAsync("send", "--csv", csv, "-s", url, "--text", "x", "--html", Write("a.html", $"<p>{text}</p>")));
        Assert.Contains($"HtmlBody of the template refers to {unknown}, which", _errors.ToString(), StringComparison.Ordinal);

        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task A_merge_knows_what_the_template_itself_defines()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var csv = Write("list.csv", "email,name\nann@example.org,Ann\n");
        const string text = "{% assign list = 'a,b' | split: ',' %}"
            + "{% capture all %}{% for x in list %}{{ forloop.index }}{{ x }}{% endfor %}{% endcapture %}"
            + "{{ all }} {{ NAME | upcase }} {{ name.size }} {% increment n %} {{ name | default: 'friend' | append: '!' }}";

        Assert.Equal(0, await RunAsync(
            "send", "--csv", csv, "-s", $"smtp://localhost:{server.Port}", "--subject", "x", "--text", text));

        Assert.Equal("1a2b ANN 3 0 Ann!", server.Messages.Single().Message.TextBody!.Trim());
    }

    [Fact]
    public async Task A_placeholder_in_a_header_of_the_template_is_refused()
    {
        var csv = Write("list.csv", "email,name\nann@example.org,Ann\n");
        var template = Write("a.eml", "From: me@example.com\r\nSubject: x\r\nX-Customer: {{ name }}\r\n\r\nHi");

        Assert.Equal(64, await RunAsync("send", template, "--csv", csv, "-s", "localhost:1"));

        Assert.Contains("X-Customer", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("windows-1252", "Jürgen – €")]
    [InlineData("shift_jis", "山田")]
    [InlineData("utf-16", "Jürgen")]
    public async Task A_CSV_file_in_another_encoding_needs_its_name(string encoding, string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var csv = Path.Combine(_folder, "list.csv");
        var content = $"email;name\r\nann@example.org;Ann\r\nbob@example.org;\"{name}\"\r\n";
        await File.WriteAllBytesAsync(csv, Encoding.GetEncoding(encoding).GetBytes(content), Cancellation);
        string[] arguments = ["send", "--csv", csv, "-s", $"smtp://localhost:{server.Port}", "--subject", "x", "--text", "{{ name }}"];

        Assert.Equal(64, await RunAsync(arguments));
        Assert.Empty(server.Messages);
        Assert.Equal(0, await RunAsync([.. arguments, "--csv-encoding", encoding]));

        Assert.Equal(["Ann", name], server.Messages.OrderBy(m => m.Recipients[0]).Select(m => m.Message.TextBody!.Trim()));
        Assert.Contains("2 sent, 0 failed", _screen.ToString());
    }

    [Theory]
    [InlineData(
        "list.csv: line 3 (bob@example.org) is not valid utf-8, after \"bob@example.org;J\". Save the file as UTF-8",
        "email;name\nann@example.org;Ann\nbob@example.org;J\u00FCrgen\n")]
    [InlineData("list.csv: line 1 is not valid utf-8, after \"email;\". ", "email;\u00FCber\n")]
    [InlineData("list.csv: line 3 (bob@example.org) is not valid CSV", "email;name\nann@example.org;Ann\nbob@example.org;Bob \"B\"\n")]
    [InlineData(
        "list.csv: line 5 (bob@example.org) is not valid CSV",
        "email;name\nann@example.org;\"Ann\n\nBay\"\nbob@example.org;\"Bob\" B\n")]
    [InlineData("list.csv: line 2 (ann@example.org) is not valid CSV", "email;name\nann@example.org;\"Ann\nbob@example.org;Bob\n")]
    [InlineData("has no header line", "")]
    [InlineData("has no column \"email\"", "mail;name\na@example.org;b\n")]
    public async Task A_wrong_line_of_a_CSV_file_is_found_before_the_first_email(string why, string latin1)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        var csv = Path.Combine(_folder, "list.csv");
        await File.WriteAllBytesAsync(csv, Encoding.Latin1.GetBytes(latin1), Cancellation);

        Assert.Equal(64, await RunAsync(
            "send", "--csv", csv, "-s", $"smtp://localhost:{server.Port}", "--subject", "x", "--text", "y"));

        Assert.Contains(why, _errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task Other_files_must_be_UTF_8_too()
    {
        var file = Path.Combine(_folder, "a.html");
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes("<p>\nGr\u00FC\u00DFe"), Cancellation);
        Assert.Equal(64, await RunAsync("send", "--to", "a@example.org", "--html", file, "-s", "localhost:1"));
        Assert.Contains("a.html: line 2 is not valid utf-8, after \"Gr\"", _errors.ToString(), StringComparison.Ordinal);

        file = Path.Combine(_folder, "a.json");
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes("{\"subject\": \"\u00FC\"}"), Cancellation);
        Assert.Equal(64, await RunAsync("send", file, "-s", "localhost:1"));
        Assert.Contains("a.json: line 1 is not valid utf-8", _errors.ToString(), StringComparison.Ordinal);

        Assert.Equal(64, await RunAsync(
            "send", "--to", "a@example.org", "--html", Write("b.html", "<img src='none.png'>"), "-s", "localhost:1"));
        Assert.Contains("b.html: The image \"none.png\" does not exist", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(64, await RunAsync(
            "send", "--csv", file, "--csv-encoding", "utf-88", "--subject", "x", "--from", "a@example.org", "-s", "localhost:1"));
        Assert.Contains("\"utf-88\" is not a known encoding", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(550, 1)]
    [InlineData(451, 75)]
    public async Task Send_writes_one_line_of_JSON_for_each_email(int code, int exit)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.RcptTo, "bob").Reply(code, "5.1.1 No".Replace('5', (char)('0' + (code / 100))));
        var one = Write("one.eml", "From: me@example.com\r\nTo: ann@example.org\r\n\r\nHi");
        var two = Write("two.eml", "From: me@example.com\r\nTo: bob@example.org\r\n\r\nHi");

        Assert.Equal(exit, await RunAsync("send", one, two, "-s", $"localhost:{server.Port}", "--json"));

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .OrderBy(l => l.GetProperty("index").GetInt64())
            .ToList();
        Assert.Equal([true, false], lines.Select(l => l.GetProperty("success").GetBoolean()));
        Assert.Equal(code, lines[1].GetProperty("recipients")[0].GetProperty("status").GetInt32());
        Assert.Equal("", _screen.ToString());
    }

    [Fact]
    public async Task Convert_keeps_an_email_from_eml_to_JSON_and_back()
    {
        var eml = Write("a.eml", """
            From: me@example.com
            To: ann@example.org
            Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
            Message-ID: <1@example.com>
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            Hällo

            """.ReplaceLineEndings("\r\n"));
        var (json, back) = (Path.Combine(_folder, "a.json"), Path.Combine(_folder, "b.eml"));

        Assert.Equal(0, await RunAsync("convert", eml, json));
        Assert.Equal(0, await RunAsync("convert", json, back));

        Assert.Contains("Grüße", Email.FromJson(await File.ReadAllTextAsync(json, Cancellation)).Subject);
        var email = Email.FromMime(await File.ReadAllBytesAsync(back, Cancellation));
        Assert.Equal(("Grüße", "Hällo", "1@example.com"), (email.Subject, email.TextBody!.Trim(), email.MessageId));
    }

    [Theory]
    [InlineData("password in an argument", "check", "smtp://me:secret@localhost")]
    [InlineData("No server", "check")]
    [InlineData("No password for me", "check", "me@localhost:1")]
    [InlineData("unknown key \"sendTimeuot\"", "check", "smtp://localhost:1?sendTimeuot=1")]
    [InlineData("No email", "send", "-s", "localhost:1")]
    [InlineData("cannot be combined", "send", "x.eml", "--to", "a@b.example", "-s", "localhost:1")]
    [InlineData("No sender", "send", "--to", "a@b.example", "-s", "smtp.example.com")]
    [InlineData("none.eml", "send", "none.eml", "-s", "localhost:1")]
    [InlineData("must end in", "convert", "a.txt", "b.eml")]
    [InlineData("no such file", "send", "--to", "x", "--csv", "none.csv", "-s", "localhost:1")]
    [InlineData("is not a valid port", "serve", "--port", "70000")]
    [InlineData("AllowedHosts contains \"a b\"", "serve", "--port", "0", "--web", "0", "--allow-host", "a b")]
    [InlineData("--help", "sned")]
    public async Task Wrong_usage_is_reported_in_one_line(string why, params string[] args)
    {
        Assert.Equal(64, await RunAsync(args));

        Assert.Contains(why, _errors.ToString());
        Assert.DoesNotContain("   at ", _errors.ToString());
        Assert.DoesNotContain("secret", _errors.ToString());
    }

    [Fact]
    public async Task Serve_accepts_messages_and_shows_them()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var started = new TaskCompletionSource();
        var screen = new StartSignal(started);
        var serving = RunAsync(screen, end.Token, "serve", "--port", "0", "--web", "0", "--allow-host", "mail.example");
        await started.Task.WaitAsync(Cancellation);
        var text = screen.ToString().Split('\n');
        var server = $"smtp://localhost:{ReadUrl("Server ").Port}";
        var page = ReadUrl("Mailbox ");

        Assert.Equal(0, await RunAsync("check", server));
        Assert.Equal(0, await RunAsync(
            "send", "-s", server, "--to", "ann@example.org", "--subject", "Hello there", "--text", "Hi"));
        using var http = new HttpClient { BaseAddress = page };
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await AskAsync(http, "other.example"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "mail.example"));
        using var events = new StreamReader(await http.GetStreamAsync("events", Cancellation));
        while (!(await http.GetStringAsync("messages", Cancellation)).Contains("Hello there", StringComparison.Ordinal))
            Assert.NotNull(await events.ReadLineAsync(Cancellation));
        await end.CancelAsync();

        Assert.Equal(0, await serving);

        static async Task<HttpStatusCode> AskAsync(HttpClient http, string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "messages");
            request.Headers.Host = host;
            using var response = await http.SendAsync(request, Cancellation);
            return response.StatusCode;
        }

        Uri ReadUrl(string name)
        {
            var line = text.First(l => l.StartsWith(name, StringComparison.Ordinal));
            return new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        }
    }

    [Theory]
    [InlineData()]
    [InlineData("check")]
    [InlineData("login")]
    [InlineData("send")]
    [InlineData("serve")]
    [InlineData("convert")]
    [InlineData("feedback")]
    public async Task Help_describes_every_option_in_a_sentence(params string[] command)
    {
        Assert.Equal(0, await RunAsync([.. command, "--help"]));

        Assert.Contains("Usage:", _output.ToString());
        foreach (var line in _output.ToString().Split('\n').Where(l => l.TrimStart().StartsWith("--", StringComparison.Ordinal)))
            Assert.Matches("  .+\\.( \\[default: .+\\])?\\s*$|information\\s*$", line);
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(_screen, Cancellation, args);

    private Task<int> RunAsync(TextWriter screen, CancellationToken cancellationToken, params string[] args)
    {
        var settings = new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(screen),
        };
        var console = AnsiConsole.Create(settings);
        console.Profile.Width = 200;
        var context = new ToolContext(console, _output, _errors, name => _variables.GetValueOrDefault(name));
        return new CommandLineTool(context).RunAsync(args, cancellationToken);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
