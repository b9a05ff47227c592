using System.Text;
using System.Text.Json;
using SmtpTransport.FeedbackTests;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class FeedbackCommandTests : IDisposable
{
    private const string Bounce = """
        Return-Path: <>
        From: MAILER-DAEMON@mail.shop.example
        To: bounces@shop.example
        Subject: Undelivered Mail Returned to Sender
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: text/plain

        It was not delivered.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.shop.example

        Final-Recipient: rfc822; ann@example.org
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.example.org
        Diagnostic-Code: smtp; 550 5.1.1 no such [user]

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <17@shop.example>
        Subject: Your order 17

        --b--

        """;

    private const string Ordinary = "From: ann@example.org\nSubject: Hello\n\nHi.\n";

    private readonly ToolHost _tool = new();

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task A_bounce_is_shown_with_the_remedy()
    {
        var file = _tool.Write("report.eml", Bounce);

        Assert.Equal(0, await _tool.RunAsync("feedback", file));

        string[] expected =
        [
            "report.eml: bounce", "<17@shop.example>, \"Your order 17\"", "mail.shop.example", "ann@example.org Failed, Hard, 5.1.1",
            "mx.example.org: 550 5.1.1 no such [user]", "What to do:",
        ];
        Assert.All(expected, text => Assert.Contains(text, _tool.Screen.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_standard_input_is_read()
    {
        _tool.Input = Encoding.UTF8.GetBytes(Bounce);

        Assert.Equal(0, await _tool.RunAsync("feedback", "-"));

        Assert.Contains("-: bounce", _tool.Screen.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("new/", "cur/")]
    public async Task A_folder_or_Maildir_is_read_in_order_and_counted(params string[] folders)
    {
        foreach (var folder in folders)
            Directory.CreateDirectory(Path.Combine(_tool.Folder, folder));
        _tool.Write($"{folders[0]}1", Bounce);
        _tool.Write($"{folders[^1]}2", Ordinary);

        Assert.Equal(0, await _tool.RunAsync("feedback", _tool.Folder));

        Assert.Contains("2: ordinary email", _tool.Screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("Messages: 2 (1 × bounce, 1 × ordinary email)", _tool.Screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_a_line_for_each_message()
    {
        _tool.Write("1", Bounce);
        _tool.Write("2", Ordinary);

        Assert.Equal(0, await _tool.RunAsync("feedback", _tool.Folder, "--json"));

        var lines = _tool.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using var bounce = JsonDocument.Parse(lines[0]);
        using var ordinary = JsonDocument.Parse(lines[1]);
        var root = bounce.RootElement;
        Assert.Equal("DeliveryReport", root.GetProperty("kind").GetString());
        Assert.True(root.GetProperty("isBounce").GetBoolean());
        Assert.Equal("17@shop.example", root.GetProperty("original").GetProperty("messageId").GetString());
        var recipient = Assert.Single(root.GetProperty("recipients").EnumerateArray());
        Assert.Equal("Hard", recipient.GetProperty("category").GetString());
        Assert.Equal("5.1.1", recipient.GetProperty("status").GetString());
        Assert.Equal(550, recipient.GetProperty("replyCode").GetInt32());
        Assert.False(ordinary.RootElement.GetProperty("isBounce").GetBoolean());
        Assert.False(ordinary.RootElement.TryGetProperty("kind", out _));
    }

    [Fact]
    public async Task A_file_of_several_messages_is_refused_and_the_way_out_named()
    {
        const string Line = "From ann@example.org Mon Nov 30 09:00:00 2026\n";
        var several = _tool.Write("several", $"{Line}{Ordinary}\n{Line}{Ordinary}");
        var one = _tool.Write("one", $"{Line}{Ordinary}\nFrom here on, it is quiet.\n");

        Assert.Equal(64, await _tool.RunAsync("feedback", several));
        Assert.Contains("git mailsplit", _tool.Errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await _tool.RunAsync("feedback", one));
    }

    [Theory]
    [InlineData("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n")]
    [InlineData("Hello, this is a note: without a header.\n")]
    [InlineData("")]
    public async Task What_has_no_header_field_is_no_email(string content)
    {
        Assert.Equal(64, await _tool.RunAsync("feedback", _tool.Write("file", content)));

        Assert.Contains("file: this is not an email", _tool.Errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(_tool.Screen.ToString());
    }

    [Fact]
    public async Task One_file_that_cannot_be_read_does_not_end_a_folder()
    {
        _tool.Write("1", "%PDF-1.7\n");
        File.CreateSymbolicLink(Path.Combine(_tool.Folder, "2"), Path.Combine(_tool.Folder, "none"));
        _tool.Write("3", Bounce);
        _tool.Write("4.part", Bounce);

        Assert.Equal(64, await _tool.RunAsync("feedback", _tool.Folder));

        var errors = _tool.Errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1:", "2:"], errors.Select(line => line.Split(' ')[0]));
        Assert.Contains("Messages: 1 (1 × bounce)", _tool.Screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_folder_is_said_to_be_empty()
    {
        Assert.Equal(0, await _tool.RunAsync("feedback", _tool.Folder));

        Assert.Contains($"There is no message in {_tool.Folder}.", _tool.Screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_a_file_brings_no_control_character_to_the_terminal()
    {
        _tool.Write("a\u001b[2J", Ordinary);
        _tool.Write("b\u001b[2J", "%PDF-1.7\n");

        Assert.Equal(64, await _tool.RunAsync("feedback", _tool.Folder));

        Assert.Contains(@"a\u001b[2J: ordinary email", _tool.Screen.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', $"{_tool.Screen}{_tool.Errors}");
    }

    [Fact]
    public async Task A_mailbox_is_shown_and_not_changed()
    {
        await using var server = new ScriptedImapServer();
        server.Deliver(Encoding.UTF8.GetBytes(Bounce));
        server.Deliver(Encoding.UTF8.GetBytes(Ordinary));
        _tool.Variables["SMTP_PASSWORD"] = "secret";

        Assert.Equal(0, await _tool.RunAsync("feedback", $"imap://bounces@127.0.0.1:{server.Port}/INBOX"));

        Assert.Contains("INBOX;UIDVALIDITY=7/;UID=1: bounce", _tool.Screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("Messages: 2 (1 × bounce, 1 × ordinary email)", _tool.Screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("EXAMINE INBOX", server.Seen);
        Assert.DoesNotContain(server.Seen, c => c == "IDLE" || c.Contains("STORE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_has_gone_from_a_mailbox_does_not_hide_the_others()
    {
        await using var server = new ScriptedImapServer
        {
            Answer = command => command.StartsWith("UID FETCH 1 ", StringComparison.Ordinal) ? "OK" : null,
        };
        server.Deliver(Encoding.UTF8.GetBytes(Bounce));
        server.Deliver(Encoding.UTF8.GetBytes(Ordinary));
        _tool.Variables["SMTP_PASSWORD"] = "secret";

        Assert.Equal(64, await _tool.RunAsync("feedback", $"imap://bounces@127.0.0.1:{server.Port}/INBOX"));

        Assert.Contains("INBOX;UIDVALIDITY=7/;UID=2: ordinary email", _tool.Screen.ToString(), StringComparison.Ordinal);
        Assert.Contains("someone has deleted or moved it", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_refuses_the_password_is_a_failure()
    {
        await using var server = new ScriptedImapServer
        {
            Answer = command => command.StartsWith("AUTHENTICATE", StringComparison.Ordinal) ? "NO [AUTHENTICATIONFAILED] no" : null,
        };
        _tool.Variables["SMTP_PASSWORD"] = "secret";

        Assert.Equal(1, await _tool.RunAsync("feedback", $"imap://bounces@127.0.0.1:{server.Port}"));

        Assert.Contains("refused the login of bounces", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("imaps://bounces:secret@imap.example.com", "can be read by other users")]
    [InlineData("imaps://bounces@imap.example.com", "No password for bounces. Set SMTP_PASSWORD")]
    [InlineData("imaps://imap.example.com", "No user. Give it as imaps://user@host/folder.")]
    [InlineData("imaps://bounces@imap.example.com?fodler=x", "unknown key")]
    public async Task A_mailbox_that_cannot_be_used_is_wrong_usage(string url, string words)
    {
        Assert.Equal(64, await _tool.RunAsync("feedback", url));

        Assert.Contains(words, _tool.Errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _tool.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_wrong_usage()
    {
        Assert.Equal(64, await _tool.RunAsync("feedback", "none.eml"));

        Assert.Contains("none.eml: there is no such file.", _tool.Errors.ToString(), StringComparison.Ordinal);
    }
}
