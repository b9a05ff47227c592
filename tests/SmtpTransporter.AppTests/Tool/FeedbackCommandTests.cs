using System.Text;
using System.Text.Json;
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
    public async Task A_missing_file_is_wrong_usage()
    {
        Assert.Equal(64, await _tool.RunAsync("feedback", "none.eml"));

        Assert.Contains("none.eml: there is no such file.", _tool.Errors.ToString(), StringComparison.Ordinal);
    }
}
