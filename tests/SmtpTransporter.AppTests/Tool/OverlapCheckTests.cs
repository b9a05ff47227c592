using System.Text.Json;
using SmtpTransport.Testing;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class OverlapCheckTests : IDisposable
{
    private readonly StringWriter _screen = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _screen.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_of_overlap_sends_three_emails_that_follow_one_another(bool chunking)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = chunking });

        Assert.Equal(0, await RunAsync("check", $"smtp://localhost:{server.Port}", "--overlap", "--to", "ann@example.org"));

        Assert.Contains("The server kept step: 3 emails followed one another", _screen.ToString().ReplaceLineEndings(" "));
        Assert.Equal(3, server.Messages.Count);
        Assert.All(server.Messages, message => Assert.Equal(["ann@example.org"], message.Recipients));
        Assert.Equal(2, Assert.Single(server.Sessions).Commands.Count(command => command == "RSET"));
    }

    [Fact]
    public async Task Check_of_overlap_says_if_the_server_does_not_keep_step()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = false });
        server.Script.On(SmtpStep.Rset).Times(1).Reply(502, "5.5.1 What?");
        string[] arguments =
            ["check", $"smtp://localhost:{server.Port}", "--overlap", "--to", "ann@example.org", "--from", "me@example.com"];

        Assert.Equal(1, await RunAsync(arguments));
        Assert.Contains("did not keep step with overlapped emails", _screen.ToString().ReplaceLineEndings(" "));
        Assert.Contains("Leave Overlap at 0.", _screen.ToString().ReplaceLineEndings(" "));
        Assert.All(server.Messages, message => Assert.Equal("me@example.com", message.Sender));
        Assert.Equal(0, await RunAsync([.. arguments, "--json"]));
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Equal((true, 3), (
            json.RootElement.GetProperty("success").GetBoolean(), json.RootElement.GetProperty("emails").GetArrayLength()));
    }

    [Fact]
    public async Task Check_of_overlap_says_if_the_codes_are_missing_without_which_chunks_are_not_overlapped()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, EnhancedStatusCodes = false });

        Assert.Equal(1, await RunAsync("check", $"smtp://localhost:{server.Port}", "--overlap", "--to", "ann@example.org"));

        Assert.Contains("CHUNKING without ENHANCEDSTATUSCODES", _screen.ToString().ReplaceLineEndings(" "));
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task Check_of_overlap_needs_PIPELINING_and_a_recipient()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Pipelining = false });
        var url = $"smtp://localhost:{server.Port}";

        Assert.Equal(1, await RunAsync("check", url, "--overlap", "--to", "ann@example.org"));
        Assert.Contains("does not offer PIPELINING", _screen.ToString().ReplaceLineEndings(" "));
        Assert.Empty(server.Messages);
        Assert.Equal(64, await RunAsync("check", url, "--overlap"));
        Assert.Equal(64, await RunAsync("check", url, "--to", "ann@example.org"));
        Assert.Equal(64, await RunAsync("check", url, "--overlap", "--to", "ann"));
    }

    private Task<int> RunAsync(params string[] args)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_screen),
        });
        console.Profile.Width = 200;
        return new CommandLineTool(new ToolContext(console, _output, _errors, _ => null)).RunAsync(args, Cancellation);
    }
}
