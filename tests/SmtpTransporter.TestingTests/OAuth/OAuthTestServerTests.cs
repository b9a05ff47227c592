using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>The authorization server is as strict as a real one: a mistake of a client must not pass.</summary>
public sealed class OAuthTestServerTests : IDisposable
{
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false });
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_token_is_valid_until_it_expires_or_is_revoked()
    {
        await using var server = OAuthTestServer.Start(
            new() { ClientSecret = "secret", Time = _time, TokenLifetime = TimeSpan.FromMinutes(10) });

        var first = await TokenAsync(server, ("grant_type", "client_credentials"), ("client_secret", "secret"));
        _time.Advance(TimeSpan.FromMinutes(9));
        var second = await TokenAsync(server, ("grant_type", "client_credentials"), ("client_secret", "secret"));

        Assert.True(server.IsValid(first) && server.IsValid(second));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((false, true), (server.IsValid(first), server.IsValid(second)));
        server.RevokeAccessTokens();
        Assert.False(server.IsValid(second) || server.IsValid("another"));
        Assert.Equal(2, server.IssuedTokens);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("the client is not known", "sub")]
    [InlineData("iss and sub must be the client's id", "iss")]
    [InlineData("aud must be", "aud")]
    [InlineData("the assertion is not valid at this time", "exp")]
    [InlineData("the assertion is not valid at this time", "iat")]
    [InlineData("jti is missing or was used before", "jti")]
    [InlineData("x5t#S256 does not name the certificate", "x5t#S256")]
    [InlineData("the signature is wrong", "signature")]
    [InlineData("the assertion is not a JSON Web Token", "form")]
    [InlineData("the client has no credential", "type")]
    public async Task An_assertion_with_one_fault_is_refused(string expected, string? fault)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        using var certificate = request.CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(1));
        await using var server = OAuthTestServer.Start(new() { ClientCertificate = certificate, Time = _time });
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject
        {
            ["alg"] = "PS256",
            ["x5t#S256"] = fault == "x5t#S256" ? "AAAA" : Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)),
        };
        var claims = new JsonObject
        {
            ["iss"] = fault == "iss" ? "else" : "client",
            ["sub"] = "client",
            ["aud"] = fault == "aud" ? "https://login.example/token" : server.TokenEndpoint.AbsoluteUri,
            ["iat"] = fault == "iat" ? now + 60 : now,
            ["exp"] = fault == "exp" ? now : now + 300,
            ["jti"] = fault == "jti" ? null : "1",
        };
        var text = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var signed = fault == "signature" ? text + "x" : text;
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        var assertion = fault == "form" ? "a.b" : $"{text}.{Encode(signature)}";
        (string, string)[] form =
        [
            ("grant_type", "client_credentials"), ("client_id", fault == "sub" ? "else" : "client"), ("client_assertion", assertion),
            ("client_assertion_type", fault == "type" ? "another" : "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];

        var (status, json) = await PostAsync(server, form);
        var (again, _) = await PostAsync(server, form);

        Assert.Equal(expected.Length == 0 ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, status);
        Assert.Contains(expected, expected.Length == 0 ? "" : json.GetProperty("error_description").GetString());
        // The same assertion twice is a replay.
        Assert.Equal(HttpStatusCode.Unauthorized, again);
    }

    [Fact]
    public async Task A_code_is_used_once_and_only_with_its_verifier()
    {
        await using var server = OAuthTestServer.Start();
        var verifier = Encode(RandomNumberGenerator.GetBytes(32));
        (string, string)[] Form(string code, string given) =>
        [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "http://localhost:1/"), ("code_verifier", given),
        ];

        var stolen = await PostAsync(server, Form(await CodeAsync(server, verifier), "guess"));
        var code = await CodeAsync(server, verifier);
        var first = await PostAsync(server, Form(code, verifier));
        var second = await PostAsync(server, Form(code, verifier));

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.BadRequest), (stolen.Status, first.Status, second.Status));
        Assert.Equal("invalid_grant", second.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_refresh_token_that_was_replaced_is_not_valid_any_longer()
    {
        await using var server = OAuthTestServer.Start(new() { RotateRefreshTokens = true });
        var token = server.CreateRefreshToken();

        var (status, json) = await PostAsync(server, ("grant_type", "refresh_token"), ("refresh_token", token));
        var (again, _) = await PostAsync(server, ("grant_type", "refresh_token"), ("refresh_token", token));
        var next = json.GetProperty("refresh_token").GetString()!;
        var (third, _) = await PostAsync(server, ("grant_type", "refresh_token"), ("refresh_token", next));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.OK), (status, again, third));
    }

    [Theory]
    [InlineData(null, "client_credentials", "unauthorized_client")]
    [InlineData("secret", "client_credentials", "invalid_client")]
    [InlineData(null, "password", "unsupported_grant_type")]
    [InlineData(null, "urn:ietf:params:oauth:grant-type:device_code", "invalid_grant")]
    [InlineData(null, "urn:ietf:params:oauth:grant-type:jwt-bearer", "invalid_grant")]
    public async Task A_request_without_a_right_is_refused(string? secret, string grant, string error)
    {
        await using var server = OAuthTestServer.Start(new() { ClientSecret = secret });

        var (_, json) = await PostAsync(server, ("grant_type", grant), ("client_secret", "wrong"));

        Assert.Equal(error, json.GetProperty("error").GetString());
        Assert.Equal(0, server.IssuedTokens);
    }

    [Fact]
    public async Task A_scripted_reply_waits_for_its_gate_and_is_used_once()
    {
        await using var server = OAuthTestServer.Start(new() { ClientSecret = "secret", Time = _time });
        var gate = new TaskCompletionSource();
        server.Enqueue(new() { Status = 429, Body = "busy", RetryAfter = TimeSpan.FromSeconds(7), Gate = gate.Task });
        using var content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "client")]);

        var posted = _http.PostAsync(server.TokenEndpoint, content, Cancellation);
        await server.WaitForRequestAsync(cancellationToken: Cancellation);
        Assert.False(posted.IsCompleted);
        gate.SetResult();
        using var reply = await posted;

        Assert.Equal((HttpStatusCode.TooManyRequests, "busy"), (reply.StatusCode, await reply.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal((TimeSpan.FromSeconds(7), _time.GetUtcNow()), (reply.Headers.RetryAfter!.Delta, reply.Headers.Date));
        Assert.True(server.IsValid(
            await TokenAsync(server, ("grant_type", "client_credentials"), ("client_secret", "secret"))));
        Assert.Equal("/token client_credentials", server.Requests[1].ToString());
    }

    [Fact]
    public async Task A_wait_for_a_request_ends_with_the_server()
    {
        var server = OAuthTestServer.Start();
        var waiting = server.WaitForRequestAsync(cancellationToken: Cancellation);

        await server.DisposeAsync();
        server.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Throws<ArgumentException>(() => server.EnterDeviceCode("ABCD"));
    }

    private async Task<string> CodeAsync(OAuthTestServer server, string verifier)
    {
        var challenge = Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var query = $"?response_type=code&client_id=client&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F&state=s&code_challenge={challenge}"
            + "&code_challenge_method=S256";
        using var reply = await _http.GetAsync(new Uri(server.AuthorizationServer.AuthorizationEndpoint!, query), Cancellation);
        Assert.Equal(HttpStatusCode.Found, reply.StatusCode);
        return reply.Headers.Location!.Query.Split("code=")[1].Split('&')[0];
    }

    private async Task<string> TokenAsync(OAuthTestServer server, params (string, string)[] form) =>
        (await PostAsync(server, form)).Json.GetProperty("access_token").GetString()!;

    private async Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(
        OAuthTestServer server, params (string Name, string Value)[] form)
    {
        var all = form.Any(p => p.Name == "client_id") ? form : [.. form, ("client_id", "client")];
        using var content = new FormUrlEncodedContent(all.Select(p => new KeyValuePair<string, string>(p.Name, p.Value)));
        using var reply = await _http.PostAsync(server.TokenEndpoint, content, Cancellation);
        using var json = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Cancellation));
        return (reply.StatusCode, json.RootElement.Clone());
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
