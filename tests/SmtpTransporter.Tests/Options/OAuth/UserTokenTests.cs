using System.Net;
using System.Net.Sockets;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class UserTokenTests : OAuthTest
{
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task A_device_code_is_asked_for_until_the_user_has_entered_it()
    {
        var time = new InstantTime();
        await using var identity = OAuthTestServer.Start(new() { Time = time, DeviceCodeInterval = TimeSpan.FromSeconds(7) });
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store, time: time);
        identity.Enqueue(new() { Status = 400, Error = "authorization_pending" });
        identity.Enqueue(new() { Status = 400, Error = "slow_down" });
        identity.Enqueue(new() { Status = 503 });

        await provider.SignInWithDeviceCodeAsync(
            prompt =>
            {
                Assert.Equal($"Open {identity.Url}device and enter the code {prompt.UserCode}.", prompt.ToString());
                identity.EnterDeviceCode(prompt.UserCode);
            },
            Cancellation);

        Assert.Equal([7, 7, 12, 17], time.Waits.Select(w => (int)w.TotalSeconds));
        Assert.NotNull(_store.Token);
        AssertAccepted(await SendWithAsync(identity, provider));
        Assert.Equal(1, identity.IssuedTokens);
    }

    [Fact]
    public async Task A_device_code_that_nobody_enters_expires()
    {
        var time = new InstantTime();
        await using var identity = OAuthTestServer.Start(new() { Time = time, DeviceCodeLifetime = TimeSpan.FromSeconds(30) });
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store, time: time);

        var exception = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.SignInWithDeviceCodeAsync(_ => { }, Cancellation));

        Assert.Equal("Nobody has entered the device code in time. Sign in again.", exception.Message);
        Assert.Equal(6, time.Waits.Count());
        Assert.Null(_store.Token);
    }

    [Fact]
    public async Task A_user_may_refuse_in_either_way()
    {
        var time = new InstantTime();
        await using var identity = OAuthTestServer.Start(new() { Time = time });
        using var browser = new HttpClient();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store, time: time);
        identity.DenyConsent = true;

        var byCode = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.SignInWithDeviceCodeAsync(p => identity.EnterDeviceCode(p.UserCode), Cancellation));
        var byPage = await Assert.ThrowsAsync<AccessTokenException>(
            () => provider.SignInWithBrowserAsync(page => _ = browser.GetAsync(page, Cancellation), Cancellation));

        Assert.Equal(("access_denied", "access_denied"), (byCode.Error, byPage.Error));
        Assert.Contains("Sign in again and consent", byCode.Message);
        Assert.Equal("The sign-in was refused: access_denied The user refused. Sign in again, and consent.", byPage.Message);
        Assert.False(byCode.IsTransient || byPage.IsTransient);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("secret")]
    public async Task A_browser_signs_a_user_in_with_a_proof_of_the_code(string? secret)
    {
        await using var identity = OAuthTestServer.Start(new() { ClientSecret = secret });
        using var browser = new HttpClient();
        var credential = secret is null ? null : ClientCredential.FromSecret(secret);
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store, credential);
        Task<string>? shown = null;

        await provider.SignInWithBrowserAsync(page => shown = browser.GetStringAsync(page, Cancellation), Cancellation);

        Assert.Contains("You have signed in", await shown!);
        AssertAccepted(await SendWithAsync(identity, provider));
        Assert.Equal(1, identity.IssuedTokens);
    }

    [Fact]
    public async Task The_users_of_Microsoft_and_Google_sign_in_at_their_own_servers()
    {
        await using var microsoft = OAuthTestServer.Start(new() { DeviceCodeInterval = TimeSpan.FromSeconds(1) });
        await using var google = OAuthTestServer.Start(new() { ClientSecret = "secret" });
        using HttpClient toMicrosoft = microsoft.CreateHttpClient(), toGoogle = google.CreateHttpClient();
        using var office = UserTokenProvider.ForMicrosoft365("client", _store, http: toMicrosoft);
        using var gmail = UserTokenProvider.ForGmail("client", "secret", new MemoryStore(), toGoogle);

        await office.SignInWithDeviceCodeAsync(prompt => microsoft.EnterDeviceCode(prompt.UserCode), Cancellation);
        await gmail.SignInWithBrowserAsync(page => _ = toGoogle.GetAsync(page, Cancellation), Cancellation);

        AssertAccepted(await SendWithAsync(microsoft, office));
        AssertAccepted(await SendWithAsync(google, gmail));
        Assert.Equal(
            ["/organizations/oauth2/v2.0/devicecode", "/organizations/oauth2/v2.0/token"], microsoft.Requests.Select(r => r.Path));
        Assert.Equal(["/o/oauth2/v2/auth", "/token"], google.Requests.Select(r => r.Path));
        Assert.Equal(("offline", "consent", "https://mail.google.com/"), (
            google.Requests[0].Parameters["access_type"], google.Requests[0].Parameters["prompt"], google.Requests[0].Parameters["scope"]));
        Assert.DoesNotContain("client_secret", google.Requests[0].Parameters.Keys);
    }

    [Fact]
    public async Task Only_the_request_with_the_right_state_ends_the_sign_in()
    {
        await using var identity = OAuthTestServer.Start();
        using var browser = new HttpClient();
        using var silent = new TcpClient();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);
        var statuses = new List<HttpStatusCode>();

        await provider.SignInWithBrowserAsync(page => _ = VisitAsync(page), Cancellation);

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound], statuses);
        Assert.NotNull(_store.Token);

        async Task VisitAsync(Uri page)
        {
            var redirect = new Uri(Uri.UnescapeDataString(page.Query.Split("redirect_uri=")[1].Split('&')[0]));
            await silent.ConnectAsync(IPAddress.Loopback, redirect.Port, Cancellation);
            foreach (var path in new[] { "favicon.ico", "?code=stolen&state=guess", "?error=access_denied", "?code=a&code=b" })
                statuses.Add((await browser.GetAsync(new Uri(redirect, path), Cancellation)).StatusCode);
            await browser.GetAsync(page, Cancellation);
        }
    }

    [Fact]
    public async Task The_stored_token_is_used_after_a_restart_and_replaced_when_it_changes()
    {
        await using var identity = OAuthTestServer.Start(new() { RotateRefreshTokens = true });
        _store.Token = identity.CreateRefreshToken();
        var first = _store.Token;
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);
        using var restarted = new UserTokenProvider(identity.AuthorizationServer, "client", _store);

        AssertAccepted(await SendWithAsync(identity, provider));
        var second = _store.Token;
        AssertAccepted(await SendWithAsync(identity, restarted));

        Assert.Equal(3, new[] { first, second, _store.Token }.Distinct().Count());
    }

    [Fact]
    public async Task A_token_that_another_process_has_used_is_read_again()
    {
        await using var identity = OAuthTestServer.Start();
        _store.Token = "used";
        _store.NextToken = identity.CreateRefreshToken();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);

        AssertAccepted(await SendWithAsync(identity, provider));
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_lose_the_new_refresh_token()
    {
        await using var identity = OAuthTestServer.Start(new() { RotateRefreshTokens = true });
        _store.Token = identity.CreateRefreshToken();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);
        using var impatient = new CancellationTokenSource();
        var (first, gate) = (_store.Token, new TaskCompletionSource());
        identity.Enqueue(new() { Gate = gate.Task });

        var canceled = provider.GetTokenAsync(renew: false, impatient.Token).AsTask();
        await identity.WaitForRequestAsync(cancellationToken: Cancellation);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        gate.SetResult();
        var token = await provider.GetTokenAsync(renew: false, Cancellation);

        Assert.True(identity.IsValid(token.Value));
        Assert.NotEqual(first, _store.Token);
        Assert.Single(identity.Requests);
    }

    [Fact]
    public async Task A_new_refresh_token_that_cannot_be_stored_is_used_and_stored_later()
    {
        await using var identity = OAuthTestServer.Start(new() { RotateRefreshTokens = true });
        _store.Token = identity.CreateRefreshToken();
        _store.Failure = new IOException("The disk is full.");
        var (first, failures) = (_store.Token, new List<Exception>());
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store) { StoreFailed = failures.Add };

        var one = await provider.GetTokenAsync(renew: false, Cancellation);
        var two = await provider.GetTokenAsync(renew: true, Cancellation);
        var kept = _store.Token;
        _store.Failure = null;
        var three = await provider.GetTokenAsync(renew: true, Cancellation);

        Assert.All([one, two, three], token => Assert.True(identity.IsValid(token.Value)));
        Assert.Equal(first, kept);
        Assert.NotEqual(first, _store.Token);
        Assert.Equal(3, failures.Count);
        Assert.All(failures, failure => Assert.Contains("The disk is full", failure.Message));
        using var restarted = new UserTokenProvider(identity.AuthorizationServer, "client", _store);
        Assert.True(identity.IsValid((await restarted.GetTokenAsync(renew: false, Cancellation)).Value));
    }

    [Fact]
    public async Task A_sign_in_during_a_renewal_has_the_last_word()
    {
        await using var identity = OAuthTestServer.Start(new() { RotateRefreshTokens = true });
        _store.Token = identity.CreateRefreshToken();
        using var browser = new HttpClient();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);
        var gate = new TaskCompletionSource();
        identity.Enqueue(new() { Gate = gate.Task });
        identity.Enqueue(new() { Body = """{"access_token": "signed-in", "refresh_token": "from-the-user"}""" });

        var renewal = provider.GetTokenAsync(renew: false, Cancellation).AsTask();
        await identity.WaitForRequestAsync(cancellationToken: Cancellation);
        var signIn = provider.SignInWithBrowserAsync(page => _ = browser.GetAsync(page, Cancellation), Cancellation);
        await identity.WaitForRequestAsync(2, Cancellation);
        gate.SetResult();
        await Task.WhenAll(renewal, signIn);

        Assert.Equal("from-the-user", _store.Token);
        Assert.Equal("signed-in", (await provider.GetTokenAsync(renew: false, Cancellation)).Value);
    }

    [Fact]
    public async Task A_send_never_waits_for_a_user()
    {
        await using var identity = OAuthTestServer.Start();
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);

        var nobody = await SendWithAsync(identity, provider);
        _store.Token = "revoked";
        var revoked = await SendWithAsync(identity, provider);

        AssertNotSent(nobody, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("No user has signed in yet", Describe(nobody));
        AssertNotSent(revoked, SmtpErrorCodes.TokenRefused, "auth");
        Assert.Contains("Sign in again", Describe(revoked));
        Assert.DoesNotContain("\"revoked\"", Describe(revoked));
    }

    [Fact]
    public async Task A_way_that_the_server_lacks_is_an_error()
    {
        await using var identity = OAuthTestServer.Start();
        var server = new AuthorizationServer { TokenEndpoint = identity.TokenEndpoint };
        using var provider = new UserTokenProvider(server, "client", _store);

        await Assert.ThrowsAsync<AccessTokenException>(() => provider.SignInWithDeviceCodeAsync(_ => { }, Cancellation));
        await Assert.ThrowsAsync<AccessTokenException>(() => provider.SignInWithBrowserAsync(_ => { }, Cancellation));

        Assert.Empty(identity.Requests);
    }

    [Fact]
    public async Task A_sign_in_can_be_canceled()
    {
        await using var identity = OAuthTestServer.Start();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var provider = new UserTokenProvider(identity.AuthorizationServer, "client", _store);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => provider.SignInWithBrowserAsync(_ => cancellation.Cancel(), cancellation.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => provider.SignInWithDeviceCodeAsync(_ => cancellation.Cancel(), cancellation.Token));
    }

    /// <summary>Keeps a token in memory; another process may have changed it between two reads.</summary>
    private sealed class MemoryStore : ITokenStore
    {
        public string? Token { get; set; }

        public string? NextToken { get; set; }

        public IOException? Failure { get; set; }

        public ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
        {
            var token = Token;
            Token = NextToken ?? Token;
            return new(token);
        }

        public ValueTask WriteAsync(string refreshToken, CancellationToken cancellationToken)
        {
            if (Failure is not null)
                throw Failure;
            Token = refreshToken;
            return default;
        }
    }
}
