using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class TokenEndpointTests : IDisposable
{
    private static readonly Uri Endpoint = new("https://login.example/token");

    private readonly FakeTimeProvider _time = new();
    private readonly Answers _answers = new();
    private readonly HttpClient _http;
    private readonly string _folder = Directory.CreateTempSubdirectory("oauth-").FullName;

    public TokenEndpointTests() => _http = new HttpClient(_answers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_provider_sends_credentials_as_a_form_and_keeps_the_token_until_shortly_before_it_expires()
    {
        _answers.Add("""{"access_token": "t1", "expires_in": 3600}""").Add("""{"access_token": "t2", "expires_in": "3600"}""");
        using var provider = new ClientCredentialsTokenProvider(Endpoint, "id", "s&cret", "scope/.default", _http, _time);

        var first = await provider.GetTokenAsync(renew: false, Cancellation);
        _time.Advance(TimeSpan.FromMinutes(57));
        var again = await provider.GetTokenAsync(renew: false, Cancellation);
        _time.Advance(TimeSpan.FromMinutes(1));
        var old = await provider.GetTokenAsync(renew: false, Cancellation);
        var next = await provider.RenewAsync(old.Value, Cancellation);

        Assert.Equal(("t1", "t1", "t1", "t2"), (first.Value, again.Value, old.Value, next.Value));
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 1, 0, 0, TimeSpan.Zero), first.ExpiresAt);
        Assert.Equal("grant_type=client_credentials&client_id=id&client_secret=s%26cret&scope=scope%2F.default", _answers.Bodies[0]);
        Assert.Equal(2, _answers.Bodies.Count);
    }

    [Fact]
    public async Task A_renewal_fetches_a_token_even_if_the_old_one_has_not_expired()
    {
        _answers.Add("""{"access_token": "t1"}""").Add("""{"access_token": "t2"}""");
        using var provider = new ClientCredentialsTokenProvider(Endpoint, "id", "secret", null, _http, _time);

        var first = await provider.GetTokenAsync(renew: false, Cancellation);
        var fresh = await provider.GetTokenAsync(renew: true, Cancellation);

        Assert.Equal(("t1", "t2", (DateTimeOffset?)null), (first.Value, fresh.Value, fresh.ExpiresAt));
    }

    [Fact]
    public async Task Callers_at_the_same_time_share_one_request()
    {
        var gate = new TaskCompletionSource();
        _answers.Gate = gate.Task;
        _answers.Add("""{"access_token": "t1", "expires_in": 3600}""");
        using var provider = new ClientCredentialsTokenProvider(Endpoint, "id", "secret", null, _http, _time);

        var all = Enumerable.Range(0, 20).Select(_ => provider.GetTokenAsync(renew: false, Cancellation).AsTask()).ToList();
        gate.SetResult();
        var tokens = await Task.WhenAll(all);

        Assert.All(tokens, t => Assert.Equal("t1", t.Value));
        Assert.Single(_answers.Bodies);
    }

    [Fact]
    public async Task A_new_refresh_token_replaces_the_old_one_and_is_reported()
    {
        _answers.Add("""{"access_token": "t1", "expires_in": 60, "refresh_token": "r2"}""")
            .Add("""{"access_token": "t2", "expires_in": 60}""");
        var reported = new List<string>();
        using var provider = new RefreshTokenProvider(Endpoint, "id", null, "r1", "s", _http, _time) { RefreshTokenChanged = reported.Add };

        await provider.GetTokenAsync(renew: false, Cancellation);
        _time.Advance(TimeSpan.FromSeconds(61));
        await provider.GetTokenAsync(renew: false, Cancellation);

        Assert.Equal(["grant_type=refresh_token&client_id=id&refresh_token=r1&scope=s",
            "grant_type=refresh_token&client_id=id&refresh_token=r2&scope=s"], _answers.Bodies);
        Assert.Equal(["r2"], reported);
    }

    [Theory]
    [InlineData(400, """{"error": "invalid_client", "error_description": "AADSTS7000215: the secret hush-hush is wrong\r\nTrace"}""",
        "400: invalid_client AADSTS7000215: the secret *** is wrong  Trace. The secret is wrong: use the secret's value")]
    [InlineData(502, "<html>", "502: no JSON")]
    [InlineData(200, "[]", "200: no JSON")]
    [InlineData(200, "{}", "without an access_token")]
    public async Task An_error_contains_the_reply_of_the_endpoint_and_no_secret(int status, string body, string expected)
    {
        _answers.Add(body, (HttpStatusCode)status);
        using var provider = new ClientCredentialsTokenProvider(Endpoint, "id", "hush-hush", null, _http, _time);

        var exception = await Assert.ThrowsAsync<AccessTokenException>(() => provider.GetTokenAsync(renew: false, Cancellation)
            .AsTask());

        Assert.Contains(expected, exception.Message);
        Assert.DoesNotContain("hush-hush", exception.ToString());
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("http://login.example/token")]
    [InlineData("ftp://localhost/token")]
    [InlineData("https://user:hush-hush@login.example/token")]
    public void An_endpoint_without_tls_is_rejected(string url) =>
        Assert.Throws<ArgumentException>(() => new ClientCredentialsTokenProvider(new Uri(url), "id", "secret"));

    [Fact]
    public async Task A_callback_that_throws_receives_the_refresh_token_again()
    {
        _answers.Add("""{"access_token": "t1", "refresh_token": "r2"}""").Add("""{"access_token": "t2"}""");
        var reported = new List<string>();
        using var provider = new RefreshTokenProvider(Endpoint, "id", null, "r1", null, _http, _time)
        {
            RefreshTokenChanged = token =>
            {
                reported.Add(token);
                if (reported.Count == 1)
                    throw new InvalidDataException("The disk is full.");
            },
        };

        await Assert.ThrowsAsync<InvalidDataException>(() => provider.GetTokenAsync(renew: false, Cancellation).AsTask());
        var token = await provider.GetTokenAsync(renew: false, Cancellation);

        Assert.Equal("t2", token.Value);
        Assert.Equal(["r2", "r2"], reported);
        Assert.EndsWith("refresh_token=r2", _answers.Bodies[1]);
    }

    [Fact]
    public async Task A_client_that_followed_a_redirection_is_refused()
    {
        _answers.Add("""{"access_token": "t1"}""");
        _answers.Redirection = new Uri("https://elsewhere.example/token");
        using var provider = new ClientCredentialsTokenProvider(Endpoint, "id", "secret", null, _http, _time);

        var exception = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.GetTokenAsync(renew: false, Cancellation).AsTask());

        Assert.Contains("redirected to https://elsewhere.example/token", exception.Message);
        Assert.False(exception.IsTransient);
    }

    [Fact]
    public void Responses_print_no_secret()
    {
        using var json = JsonDocument.Parse("""{"access_token": "hush-hush", "refresh_token": "hush-hush"}""");
        var response = new OAuthResponse("https://login.example/token", json.RootElement, null);

        Assert.DoesNotContain("hush-hush", $"{response} {TokenResponse.Read(response, _time.GetUtcNow())}");
    }

    [Theory]
    [InlineData("\"7\"", 7)]
    [InlineData("7.5", 7)]
    [InlineData("0", 5)]
    [InlineData("1e300", 86400)]
    public async Task A_device_code_has_the_interval_of_the_server(string interval, int expected)
    {
        var time = new InstantTime();
        AddDeviceCode("https://login.example/device", "\"1000000\"", interval).Add("""{"access_token": "t1", "refresh_token": "r1"}""");
        using var provider = CreateUserProvider(time);
        DeviceCodePrompt? prompt = null;

        await provider.SignInWithDeviceCodeAsync(p => prompt = p, Cancellation).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(expected, (int)time.Waits.First().TotalSeconds);
        Assert.DoesNotContain('\u001b', prompt!.UserCode);
        Assert.Null(prompt.VerificationUriComplete);
    }

    [Fact]
    public async Task A_page_that_is_not_a_web_page_is_not_shown()
    {
        AddDeviceCode("calculator:1", "30", "5");
        using var provider = CreateUserProvider(new InstantTime());

        var exception = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.SignInWithDeviceCodeAsync(_ => { }, Cancellation));

        Assert.Contains("without a device code", exception.Message);
    }

    [Fact]
    public async Task A_sign_in_during_which_the_server_is_ill_says_so()
    {
        AddDeviceCode("https://login.example/device", "8", "5").Add("ill", HttpStatusCode.BadGateway);
        using var provider = CreateUserProvider(new InstantTime());

        var exception = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.SignInWithDeviceCodeAsync(_ => { }, Cancellation));

        Assert.Contains("answered 502", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public void Providers_are_equal_if_they_ask_the_same_endpoint_with_the_same_credentials()
    {
        using ClientCredentialsTokenProvider first = new(Endpoint, "id", "secret"), same = new(Endpoint, "id", "secret"),
            other = new(Endpoint, "id", "changed");
        using RefreshTokenProvider refresh = new(Endpoint, "id", null, "r1"), sameRefresh = new(Endpoint, "id", null, "r1"),
            otherRefresh = new(Endpoint, "id", null, "r2");

        Assert.Equal(first, same);
        Assert.Equal(first.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(first, other);
        Assert.Equal(refresh, sameRefresh);
        Assert.Equal(refresh.GetHashCode(), sameRefresh.GetHashCode());
        Assert.NotEqual(refresh, otherRefresh);
        Assert.NotEqual<object>(first, refresh);
    }

    private Answers AddDeviceCode(string page, string lifetime, string interval) => _answers.Add(
        $$"""
        {"device_code": "d", "user_code": "A\u001bB", "verification_uri": "{{page}}", "verification_uri_complete": "file:///etc",
        "expires_in": {{lifetime}}, "interval": {{interval}}}
        """);

    private UserTokenProvider CreateUserProvider(TimeProvider time)
    {
        var server = new AuthorizationServer { TokenEndpoint = Endpoint, DeviceAuthorizationEndpoint = new(Endpoint, "/device") };
        return new UserTokenProvider(server, "id", new FileTokenStore(Path.Combine(_folder, "token")), null, _http, time);
    }

    /// <summary>A token endpoint that returns its responses in turn.</summary>
    private sealed class Answers : HttpMessageHandler
    {
        private readonly Queue<(string Body, HttpStatusCode Status)> _answers = new();

        public List<string> Bodies { get; } = [];

        public Task Gate { get; set; } = Task.CompletedTask;

        public Uri? Redirection { get; set; }

        public Answers Add(string body, HttpStatusCode status = HttpStatusCode.OK)
        {
            _answers.Enqueue((body, status));
            return this;
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
            await Gate;
            var (body, status) = _answers.Dequeue();
            request.RequestUri = Redirection ?? request.RequestUri;
            return new HttpResponseMessage(status) { Content = new StringContent(body), RequestMessage = request };
        }
    }
}
