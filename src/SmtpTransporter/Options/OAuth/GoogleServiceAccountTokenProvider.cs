using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SmtpTransport;

/// <summary>Gets tokens for a user of a Google Workspace whom a service account represents (RFC 7523, section 2.1).</summary>
/// <remarks>
/// An administrator of the Workspace must allow it (domain-wide delegation): the client id of the service account, with the scope
/// <c>https://mail.google.com/</c>.
/// </remarks>
public sealed class GoogleServiceAccountTokenProvider : OAuthTokenProvider
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly (string? Path, string? Json, string User) _request;

    private GoogleServiceAccountTokenProvider(string? path, string? json, string user, HttpClient? http, TimeProvider? time)
        : base(http, time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        _request = (path, json, user);
    }

    private protected override object Identity => _request;

    private protected override Uri Endpoint => GoogleEndpoints.Token;

    /// <summary>Uses the JSON file of a service account's key, which is read anew for each token.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="user">The address of the user; also <see cref="ServerOptions.User"/>.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <returns>The provider. It reads and sends nothing until a token is needed.</returns>
    /// <exception cref="ArgumentNullException">The path or the user is null.</exception>
    /// <exception cref="ArgumentException">The path or the user is empty.</exception>
    public static GoogleServiceAccountTokenProvider FromFile(
        string path, string user, HttpClient? http = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new(path, null, user, http, time);
    }

    /// <summary>Uses the contents of the JSON file of a service account's key.</summary>
    /// <param name="json">The contents. They are never printed.</param>
    /// <param name="user">The address of the user; also <see cref="ServerOptions.User"/>.</param>
    /// <param name="http">
    /// The client for the requests, which is not disposed here and should not follow redirections; null for a shared one.
    /// </param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <returns>The provider. It sends nothing until a token is needed.</returns>
    /// <exception cref="ArgumentNullException">The contents or the user is null.</exception>
    /// <exception cref="ArgumentException">The contents or the user is empty.</exception>
    public static GoogleServiceAccountTokenProvider FromJson(
        string json, string user, HttpClient? http = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(json);
        return new(null, json, user, http, time);
    }

    private protected override async Task<TokenResponse> RequestAsync(CancellationToken cancellationToken)
    {
        var (endpoint, assertion) = Sign(await ReadAsync(cancellationToken).ConfigureAwait(false));
        KeyValuePair<string, string>[] form =
            [new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", assertion)];
        return await Client.GetTokenAsync(endpoint, form, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _request.Json ?? await File.ReadAllTextAsync(_request.Path!, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AccessTokenException(
                $"The key file of the service account cannot be read: {exception.Message.TrimEnd('.')}. Check the path and its "
                + "permissions.",
                isTransient: false, exception);
        }
    }

    private (Uri Endpoint, string Assertion) Sign(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            string Need(string name) =>
                document.RootElement.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text
                    : throw Invalid($"it has no {name}");
            var endpoint = new Uri(Need("token_uri"));
            if (!OAuthClient.IsAllowed(endpoint))
                throw Invalid($"its token_uri must be {OAuthClient.Allowed}");
            using var key = RSA.Create();
            key.ImportFromPem(Need("private_key"));
            var claims = JsonWebToken.Claims(Need("client_email"), _request.User, endpoint, Time.GetUtcNow(), Lifetime);
            claims["scope"] = GoogleEndpoints.Scope;
            return (endpoint, JsonWebToken.Sign(key, pss: false, new JsonObject { ["kid"] = Need("private_key_id") }, claims));
        }
        // The exceptions of the parsers are left out: they may quote the key.
        catch (Exception exception) when (exception is JsonException or UriFormatException)
        {
            throw Invalid("it is not the JSON of a service account");
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            throw Invalid("its private_key is not an RSA key in PEM");
        }
        catch (InvalidOperationException exception) when (exception is not AccessTokenException)
        {
            throw Invalid("a member of it is not text");
        }
    }

    private AccessTokenException Invalid(string reason) => new(
        $"The key {(_request.Path is null ? "" : $"file \"{_request.Path}\" ")}of the service account cannot be used: {reason}. Create "
        + "a new JSON key in the Google Cloud console.",
        isTransient: false);
}
