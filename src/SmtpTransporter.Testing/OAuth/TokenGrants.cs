using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.Testing;

/// <summary>The grants of an authorization server. Safe for concurrent callers.</summary>
internal sealed class TokenGrants(OAuthTestServerOptions options, AccessTokens tokens)
{
    private const string ServiceAccountName = "account@project.example";

    private readonly ClientAuthentication _clients = new(options);
    private readonly ConcurrentDictionary<string, bool> _refreshTokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Challenge, string Redirect)> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeviceCode> _deviceCodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RSAParameters> _serviceKeys = new(StringComparer.Ordinal);

    public bool DenyConsent { get; set; }

    public string CreateRefreshToken()
    {
        var token = Random();
        _refreshTokens[token] = true;
        return token;
    }

    public string CreateServiceAccountKey(Uri tokenEndpoint)
    {
        using var key = RSA.Create(2048);
        var id = Random();
        _serviceKeys[id] = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["type"] = "service_account",
            ["client_email"] = ServiceAccountName,
            ["private_key_id"] = id,
            ["private_key"] = key.ExportPkcs8PrivateKeyPem(),
            ["token_uri"] = tokenEndpoint.AbsoluteUri,
        }.ToJsonString();
    }

    public void EnterDeviceCode(string userCode)
    {
        var code = _deviceCodes.Values.FirstOrDefault(c => c.UserCode == userCode)
            ?? throw new ArgumentException($"There is no device code {userCode}.", nameof(userCode));
        code.Consent = !DenyConsent;
    }

    public WebReply ForManagedIdentity(WebRequest request)
    {
        var isApp = request.Path.StartsWith("/msi/", StringComparison.Ordinal);
        var isAllowed = isApp
            ? request.Headers.GetValueOrDefault("X-IDENTITY-HEADER") == options.ManagedIdentityHeader
            : request.Headers.GetValueOrDefault("Metadata") == "true";
        if (!isAllowed || !request.Parameters.ContainsKey("api-version") || !request.Parameters.ContainsKey("resource"))
            return WebReply.Refuse(400, "invalid_request", "A header or a parameter is missing.");
        if (request.Parameters.TryGetValue("client_id", out var client) && client != options.ClientId)
            return WebReply.Refuse(400, "invalid_request", "Identity not found");
        var end = options.Time.GetUtcNow() + options.TokenLifetime;
        return WebReply.Json(new JsonObject
        {
            ["access_token"] = tokens.Issue(),
            ["expires_on"] = end.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["token_type"] = "Bearer",
        });
    }

    public WebReply ForTokenRequest(WebRequest request, string audience)
    {
        var grant = request.Parameters.GetValueOrDefault("grant_type");
        if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer")
            return ForServiceAccount(request.Parameters.GetValueOrDefault("assertion", ""), audience);
        if (_clients.FindError(request, audience) is { } error)
            return WebReply.Refuse(401, "invalid_client", error);
        return grant switch
        {
            "client_credentials" => options.IsPublicClient ? WebReply.Refuse(400, "unauthorized_client") : Issue(refreshToken: null),
            "refresh_token" => Refresh(request.Parameters.GetValueOrDefault("refresh_token", "")),
            "authorization_code" => ForCode(request.Parameters),
            "urn:ietf:params:oauth:grant-type:device_code" => ForDeviceCode(request.Parameters.GetValueOrDefault("device_code", "")),
            _ => WebReply.Refuse(400, "unsupported_grant_type"),
        };
    }

    public WebReply Authorize(WebRequest request)
    {
        var parameters = request.Parameters;
        if (!Uri.TryCreate(parameters.GetValueOrDefault("redirect_uri"), UriKind.Absolute, out var redirect) || !redirect.IsLoopback
            || parameters.GetValueOrDefault("client_id") != options.ClientId || parameters.GetValueOrDefault("response_type") != "code"
            || parameters.GetValueOrDefault("code_challenge_method") != "S256"
            || parameters.GetValueOrDefault("code_challenge") is not { Length: 43 } challenge)
            return WebReply.Refuse(400, "invalid_request");
        var state = Uri.EscapeDataString(parameters.GetValueOrDefault("state", ""));
        if (DenyConsent)
            return ToRedirect($"error=access_denied&error_description=The+user+refused&state={state}");
        var code = Random();
        _codes[code] = (challenge, redirect.AbsoluteUri);
        return ToRedirect($"code={code}&state={state}");

        WebReply ToRedirect(string query) => new(302, "") { Location = new UriBuilder(redirect) { Query = query }.Uri };
    }

    public WebReply StartDeviceCode(WebRequest request, Uri page)
    {
        if (request.Parameters.GetValueOrDefault("client_id") != options.ClientId)
            return WebReply.Refuse(401, "invalid_client");
        var userCode = Convert.ToHexString(RandomNumberGenerator.GetBytes(4));
        var code = Random();
        _deviceCodes[code] = new DeviceCode(userCode, options.Time.GetUtcNow() + options.DeviceCodeLifetime);
        return WebReply.Json(new JsonObject
        {
            ["device_code"] = code,
            ["user_code"] = userCode,
            ["verification_uri"] = page.AbsoluteUri,
            ["expires_in"] = (int)options.DeviceCodeLifetime.TotalSeconds,
            ["interval"] = (int)options.DeviceCodeInterval.TotalSeconds,
        });
    }

    private WebReply ForServiceAccount(string text, string audience)
    {
        if (Assertion.Parse(text) is not { } assertion || !_serviceKeys.TryGetValue(assertion.Header("kid") ?? "", out var parameters))
            return WebReply.Refuse(400, "invalid_grant", "Invalid JWT Signature.");
        using var key = RSA.Create(parameters);
        if (!assertion.IsSignedBy(key) || !assertion.IsInTime(options.Time.GetUtcNow()))
            return WebReply.Refuse(400, "invalid_grant", "Invalid JWT Signature.");
        return assertion.Claim("iss") == ServiceAccountName && assertion.Claim("aud") == audience
            && assertion.Claim("sub") == options.User && assertion.Claim("scope") is { Length: > 0 }
            ? Issue(refreshToken: null)
            : WebReply.Refuse(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.");
    }

    private WebReply Refresh(string refreshToken)
    {
        if (options.RotateRefreshTokens ? !_refreshTokens.TryRemove(refreshToken, out _) : !_refreshTokens.ContainsKey(refreshToken))
            return WebReply.Refuse(400, "invalid_grant", "The refresh token is not valid.");
        return Issue(options.RotateRefreshTokens ? CreateRefreshToken() : null);
    }

    private WebReply ForCode(IReadOnlyDictionary<string, string> parameters)
    {
        if (!_codes.TryRemove(parameters.GetValueOrDefault("code", ""), out var asked)
            || asked.Redirect != parameters.GetValueOrDefault("redirect_uri"))
            return WebReply.Refuse(400, "invalid_grant", "The code is not valid.");
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(parameters.GetValueOrDefault("code_verifier", "")));
        return AccessTokens.Encode(hash) == asked.Challenge
            ? Issue(CreateRefreshToken())
            : WebReply.Refuse(400, "invalid_grant", "The code verifier is wrong.");
    }

    private WebReply ForDeviceCode(string text)
    {
        if (!_deviceCodes.TryGetValue(text, out var code))
            return WebReply.Refuse(400, "invalid_grant");
        if (options.Time.GetUtcNow() >= code.End)
            return WebReply.Refuse(400, "expired_token");
        if (code.Consent is not { } consent)
            return WebReply.Refuse(400, "authorization_pending");
        _deviceCodes.TryRemove(text, out _);
        return consent ? Issue(CreateRefreshToken()) : WebReply.Refuse(400, "access_denied", "The user refused.");
    }

    private WebReply Issue(string? refreshToken)
    {
        var body = new JsonObject
        {
            ["access_token"] = tokens.Issue(),
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)options.TokenLifetime.TotalSeconds,
        };
        if (refreshToken is not null)
            body["refresh_token"] = refreshToken;
        return WebReply.Json(body);
    }

    private static string Random() => AccessTokens.Encode(RandomNumberGenerator.GetBytes(24));
}
