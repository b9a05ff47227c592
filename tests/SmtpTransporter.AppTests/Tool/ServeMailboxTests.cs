using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

/// <summary>What the mailbox of <c>serve</c> may do with a message.</summary>
public sealed class ServeMailboxTests
{
    private const string Release = "messages/1/release";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_released_to_the_server_and_its_links_are_requested()
    {
        await using var real = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

        var (released, requested, screen) = await AskAsync(
            "--release", $"smtp://localhost:{real.Port}", "--release-to", "example.org", "--request-links");

        Assert.Equal((200, 200), (released, requested));
        Assert.Equal(["bob@example.org"], Assert.Single(real.Messages).Recipients);
        Assert.Contains(
            $"Release  localhost:{real.Port}  (the mailbox can send a message to example.org)", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_released_and_no_link_requested_without_the_options()
    {
        var (released, requested, screen) = await AskAsync();

        Assert.Equal((409, 409), (released, requested));
        Assert.DoesNotContain("Release", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anyone on the network could send to any address", "--anywhere", "--release", "smtp://localhost:1")]
    [InlineData("anyone on the network could have this machine request any address", "--anywhere", "--request-links")]
    [InlineData("A password in an argument", "--release", "smtp://me:secret@localhost:1")]
    [InlineData("AllowedRecipients", "--release", "smtp://localhost:1", "--release-to", "a b")]
    [InlineData("--release-to needs --release", "--release-to", "example.org")]
    public async Task What_others_could_misuse_or_nobody_can_use_is_refused(string why, params string[] args)
    {
        using var tool = new ToolHost();

        Assert.Equal(64, await tool.RunAsync(["serve", "--port", "0", "--web", "0", .. args]));
        Assert.Contains(why, tool.Errors.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Starts the server, sends it a message, and does what the page does with it.</summary>
    /// <returns>The status of the release, that of the request of the links, and what was on the screen.</returns>
    private static async Task<(int Released, int Requested, string Screen)> AskAsync(params string[] args)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var started = new TaskCompletionSource();
        using var screen = new StartSignal(started);
        using var tool = new ToolHost { Screen = screen };
        var serving = tool.RunUntilAsync(["serve", "--port", "0", "--web", "0", .. args], end.Token);
        Assert.Same(started.Task, await Task.WhenAny(started.Task, serving));
        var lines = screen.ToString().Split('\n');
        using var http = new HttpClient { BaseAddress = ReadUrl("Mailbox ") };
        http.DefaultRequestHeaders.Add("X-Mailbox", "1");
        await using var transporter = new SmtpTransporter(
            ServerOptions.Parse($"smtp://localhost:{ReadUrl("Server ").Port}") with { AcceptUnsecureConnection = true });
        var sent = await transporter.SendAsync(
            new Email { From = "me@example.com", To = "ann@example.org", Subject = "Hello there", TextBody = "No address" }, Cancellation);
        Assert.True(sent.Success, sent.ToString());
        using var events = new StreamReader(await http.GetStreamAsync("events", Cancellation));
        while (!(await http.GetStringAsync("messages", Cancellation)).Contains("Hello there", StringComparison.Ordinal))
            Assert.NotNull(await events.ReadLineAsync(Cancellation));
        var released = await PostAsync(Release, """{"to":["bob@example.org"]}""");
        var requested = await PostAsync("messages/1/links", "");
        await end.CancelAsync();
        Assert.Equal(0, await serving);
        return (released, requested, screen.ToString());

        async Task<int> PostAsync(string path, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(path, content, Cancellation);
            return (int)answer.StatusCode;
        }

        Uri ReadUrl(string name) => new(
            lines.First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }
}
