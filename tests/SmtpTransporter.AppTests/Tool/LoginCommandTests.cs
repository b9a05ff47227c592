using System.Text.Json;
using System.Text.RegularExpressions;
using SmtpTransport.Testing;
using SmtpTransport.Tool;
using Spectre.Console;
using Xunit;

namespace SmtpTransport.AppTests.Tool;

public sealed class LoginCommandTests : IDisposable
{
    private const string User = "me@example.com";

    private readonly string _folder = Directory.CreateTempSubdirectory("login").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly Dictionary<string, string> _variables = [];
    private StringWriter _screen = new();
    private int _width = 500;

    public LoginCommandTests() => _variables["SMTP_LOGINS"] = _folder;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("microsoft", null)]
    [InlineData("google", "app-secret")]
    [InlineData("URL", null)]
    public async Task A_login_with_the_browser_is_proved_stored_and_used_by_check_and_send(string provider, string? secret)
    {
        await using var identity = OAuthTestServer.Start(new() { ClientId = "app", ClientSecret = secret, RotateRefreshTokens = true });
        await using var server = Start(identity);
        if (secret is not null)
            _variables["SMTP_CLIENT_SECRET"] = secret;

        var login = await RunAsync(
            identity, "login", provider == "URL" ? identity.Url.AbsoluteUri : provider, "--user", User, "--client-id", "app",
            "--server", $"smtp://localhost:{server.Port}");
        _variables.Remove("SMTP_CLIENT_SECRET");
        var settings = _output.ToString();
        var check = await RunAsync(identity, "check", $"smtp://me%40example.com@localhost:{server.Port}");
        var send = await RunAsync(
            identity, "send", "-s", $"me%40example.com@localhost:{server.Port}", "--to", "ann@example.org", "--text", "Hello");

        Assert.True((login, check, send) == (0, 0, 0), $"{_screen}{_errors}");
        Assert.Contains($"{User} by XOAUTH2", _screen.ToString());
        Assert.Contains("250 2.0.0 Ok", _screen.ToString());
        Assert.Equal(User, server.Messages[0].AuthenticatedUser);
        using var json = JsonDocument.Parse(settings);
        var oauth = json.RootElement.GetProperty("Smtp").GetProperty("OAuth");
        Assert.Equal("app", oauth.GetProperty("ClientId").GetString());
        Assert.True(File.Exists(oauth.GetProperty("TokenFile").GetString()));
        var refreshToken = (await File.ReadAllTextAsync(oauth.GetProperty("TokenFile").GetString()!, Cancellation)).Trim();
        Assert.DoesNotContain(refreshToken, $"{_screen}{_output}{_errors}");
        if (secret is not null)
            Assert.DoesNotContain(secret, $"{_screen}{_output}{_errors}");
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(_folder))
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task A_login_with_a_code_shows_where_to_enter_it()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientId = "app", DeviceCodeInterval = TimeSpan.FromSeconds(1) });
        await using var server = Start(identity);
        _screen = new Watcher(identity.EnterDeviceCode);

        var login = await RunAsync(
            identity, "login", "microsoft", "--device", "--user", User, "--client-id", "app", "--server", $"localhost:{server.Port}");

        Assert.True(login == 0, $"{_screen}{_errors}");
        Assert.Equal("/organizations/oauth2/v2.0/devicecode", identity.Requests[0].Path);
        Assert.Equal("https://outlook.office.com/SMTP.Send offline_access", identity.Requests[0].Parameters["scope"]);
    }

    [Fact]
    public async Task The_page_of_a_login_is_in_one_line_on_a_narrow_screen()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientId = "app" });
        identity.DenyConsent = true;
        _width = 40;

        await RunAsync(identity, "login", "microsoft", "--user", User, "--client-id", "app", "--server", "localhost:1");

        Assert.Matches("(?m)^https://login.microsoftonline.com/[^ ]*code_challenge_method=S256[^ ]*offline_access\r?$", _screen.ToString());
    }

    [Fact]
    public async Task A_refused_login_stores_nothing_and_says_why()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientId = "app" });
        identity.DenyConsent = true;

        var login = await RunAsync(
            identity, "login", "microsoft", "--user", User, "--client-id", "app", "--server", "localhost:1");

        Assert.Equal(1, login);
        Assert.Contains("The sign-in failed: The sign-in was refused: access_denied", _screen.ToString());
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("Option '--user' is required", "login", "microsoft", "--client-id", "app")]
    [InlineData("Option '--client-id' is required", "login", "microsoft", "--user", "me")]
    [InlineData("No mail server", "login", "https://login.example", "--user", "me", "--client-id", "app")]
    [InlineData("example is not known", "login", "example", "--user", "me", "--client-id", "app", "-s", "localhost")]
    [InlineData("does not belong in --server", "login", "google", "--user", "me", "--client-id", "app", "-s", "smtp://me:p@localhost")]
    [InlineData("is not known", "login", "http://login.example", "--user", "me", "--client-id", "app", "-s", "localhost")]
    public async Task A_login_that_cannot_begin_is_wrong_usage(string expected, params string[] args)
    {
        await using var identity = OAuthTestServer.Start();

        Assert.Equal(64, await RunAsync(identity, args));

        Assert.Contains(expected, _errors.ToString());
        Assert.Empty(identity.Requests);
    }

    [Fact]
    public async Task A_password_that_is_given_is_used_instead_of_a_stored_login()
    {
        await using var identity = OAuthTestServer.Start(new() { ClientId = "app" });
        await using var server = SmtpTestServer.Start(new()
        {
            Tls = SmtpTestTlsMode.None,
            AccessTokenValidator = identity.IsValid,
            Users = new Dictionary<string, string> { [User] = "p@ss" },
        });
        Assert.Equal(0, await RunAsync(
            identity, "login", "microsoft", "--user", User, "--client-id", "app", "--server", $"localhost:{server.Port}"));
        _variables["SMTP_PASSWORD"] = "p@ss";

        Assert.Equal(0, await RunAsync(identity, "check", $"me%40example.com@localhost:{server.Port}"));

        Assert.Contains($"{User} by SCRAM-SHA-256", _screen.ToString());
    }

    [Theory]
    [InlineData("""{"issuer": "https://o.example", "token_endpoint": "https://login.example/token"}""", "names the issuer https://o.ex")]
    [InlineData("""{"token_endpoint": "https://login.example/token"}""", "names the issuer not at all")]
    [InlineData("<html>Not found</html>", "does not publish its addresses")]
    public async Task A_server_is_believed_only_about_itself(string metadata, string expected)
    {
        using var http = new HttpClient(new Page(metadata));

        var exception = await Assert.ThrowsAsync<UsageException>(
            () => ServerMetadata.FindAsync(new("https://login.example"), null, http, Cancellation));

        Assert.Contains(expected, exception.Message);
    }

    [Fact]
    public async Task A_page_in_the_first_place_leaves_the_second()
    {
        using var http = new HttpClient(new Page(
            "<html>Welcome</html>", """{"issuer": "https://login.example/", "token_endpoint": "https://login.example/token"}"""));

        var server = await ServerMetadata.FindAsync(new("https://login.example"), null, http, Cancellation);

        Assert.Equal("https://login.example/token", server.TokenEndpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    public async Task A_stored_login_that_is_damaged_is_named(string contents)
    {
        await using var identity = OAuthTestServer.Start();
        var path = Path.Combine(_folder, "me%40example.com%40localhost.json");
        await File.WriteAllTextAsync(path, contents, Cancellation);

        Assert.Equal(64, await RunAsync(identity, "check", "me%40example.com@localhost"));

        Assert.Contains($"The login in {path} cannot be used", _errors.ToString());
    }

    [Theory]
    [InlineData("smtp.office365.com", "p", true)]
    [InlineData("SMTP.Office365.com.", "p", true)]
    [InlineData("smtp.office365.com", null, false)]
    [InlineData("smtp.example.com", "p", false)]
    public void A_password_at_Microsoft_has_a_notice_with_the_date(string host, string? password, bool expected)
    {
        var notice = PasswordNotice.For(new ServerOptions { Host = host, User = "me", Password = password });

        Assert.Equal(expected, notice?.Contains("at the end of December 2026", StringComparison.Ordinal) == true);
    }

    private static SmtpTestServer Start(OAuthTestServer identity) => SmtpTestServer.Start(
        new() { Tls = SmtpTestTlsMode.None, AccessTokenValidator = identity.IsValid, RequireAuthentication = true });

    private async Task<int> RunAsync(OAuthTestServer identity, params string[] args)
    {
        using var http = identity.CreateHttpClient();
        var settings = new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_screen),
        };
        var console = AnsiConsole.Create(settings);
        console.Profile.Width = _width;
        var context = new ToolContext(console, _output, _errors, name => _variables.GetValueOrDefault(name))
        {
            Http = http,
            OpenBrowser = page => _ = http.GetAsync(page, Cancellation),
        };
        return await new CommandLineTool(context).RunAsync(args, Cancellation);
    }

    /// <summary>Answers with one page after the other, and the last one from then on.</summary>
    private sealed class Page(params string[] bodies) : HttpMessageHandler
    {
        private int _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent(bodies[Math.Min(_count++, bodies.Length - 1)]) });
    }

    /// <summary>Enters the code that is shown.</summary>
    private sealed class Watcher(Action<string> enter) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value is not null && Regex.Match(value, "enter the code ([0-9A-F]+)") is { Success: true } match)
                enter(match.Groups[1].Value);
        }
    }
}
