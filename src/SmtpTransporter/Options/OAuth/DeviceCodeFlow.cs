namespace SmtpTransport;

/// <summary>A sign-in with a device code (RFC 8628).</summary>
internal sealed class DeviceCodeFlow(
    OAuthClient client, TimeProvider time, AuthorizationServer server,
    Func<string, CancellationToken, Task<List<KeyValuePair<string, string>>>> createForm)
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    /// <exception cref="AccessTokenException">The user refused, the code expired, or the server refused the request.</exception>
    public async Task<TokenResponse> RunAsync(Action<DeviceCodePrompt> prompt, CancellationToken cancellationToken)
    {
        var endpoint = server.DeviceAuthorizationEndpoint
            ?? throw new AccessTokenException("The authorization server has no device codes. Sign in with a browser.", isTransient: false);
        var request = await createForm(GrantType, cancellationToken).ConfigureAwait(false);
        request.RemoveAll(p => p.Key == "grant_type");
        if (server.Scope is { } scope)
            request.Add(new("scope", scope));
        var answer = await client.PostAsync(endpoint, request, cancellationToken).ConfigureAwait(false);
        if (answer.Text("device_code") is not { Length: > 0 } code || answer.Text("user_code") is not { Length: > 0 } userCode
            || PageOf(answer, "verification_uri", "verification_url") is not { } page)
        {
            throw new AccessTokenException(
                $"{answer.Endpoint} answered without a device code. Check that the URL is that of the device authorization endpoint.",
                isTransient: false);
        }
        var end = time.GetUtcNow() + (TimeOf(answer, "expires_in") ?? DefaultLifetime);
        prompt(new DeviceCodePrompt(page, ServerText.Clean(userCode), PageOf(answer, "verification_uri_complete"), end));
        var interval = TimeOf(answer, "interval") ?? DefaultInterval;
        return await PollAsync(code, interval, end, cancellationToken).ConfigureAwait(false);
    }

    // Longer ones would make the wait overflow.
    private static TimeSpan? TimeOf(OAuthResponse answer, string name) =>
        answer.Number(name) is { } seconds and > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, MaxTime.TotalSeconds)) : null;

    // The page is opened for a person: no other scheme, which might start a program.
    private static Uri? PageOf(OAuthResponse answer, params string[] names) =>
        names.Select(answer.Text).FirstOrDefault(t => t is not null) is { } text && Uri.TryCreate(text, UriKind.Absolute, out var page)
            && (page.Scheme == Uri.UriSchemeHttps || page.Scheme == Uri.UriSchemeHttp) ? page : null;

    private async Task<TokenResponse> PollAsync(string code, TimeSpan interval, DateTimeOffset end, CancellationToken cancellationToken)
    {
        AccessTokenException? last = null;
        while (true)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
            if (time.GetUtcNow() >= end)
            {
                throw last is { Error: not "slow_down" } ? last
                    : new AccessTokenException("Nobody has entered the device code in time. Sign in again.", isTransient: false);
            }
            var form = await createForm(GrantType, cancellationToken).ConfigureAwait(false);
            form.Add(new("device_code", code));
            try
            {
                return await client.GetTokenAsync(server.TokenEndpoint, form, cancellationToken).ConfigureAwait(false);
            }
            catch (AccessTokenException exception) when (exception.Error == "authorization_pending")
            {
                // The user is not done yet.
                last = null;
            }
            // RFC 8628, section 3.5: 5 seconds more from now on; the same if the server is busy or cannot be reached.
            catch (AccessTokenException exception) when (exception.Error == "slow_down" || exception.IsTransient)
            {
                (interval, last) = (interval + DefaultInterval, exception);
            }
        }
    }
}
