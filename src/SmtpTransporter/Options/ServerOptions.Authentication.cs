using System.Text.Json.Serialization;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>The user name. Default null: no authentication.</summary>
    public string? User { get; init; }

    /// <summary>The password. Default null. It is never printed, logged or returned.</summary>
    [JsonIgnore]
    public string? Password { get; init; }

    /// <summary>An OAuth 2 access token as text. Default null. It is never printed, logged or returned.</summary>
    /// <remarks>
    /// With a token, <see cref="AuthenticationMode.Auto"/> means OAuth 2. A token object in JSON is accepted too, as 4D NetKit has it
    /// (<c>{"token": {"access_token": "…"}, "tokenExpiration": "…"}</c>); the value is then its access token.
    /// </remarks>
    [JsonIgnore]
    public string? AccessTokenOAuth2 { get; init => field = TokenObject.AccessTokenOf(value); }

    /// <summary>Supplies and renews OAuth 2 access tokens, instead of <see cref="AccessTokenOAuth2"/>. Default null.</summary>
    /// <remarks>The transporter does not dispose it.</remarks>
    public IAccessTokenProvider? AccessTokenProvider { get; init; }

    /// <summary>
    /// The authentication mechanism. Default <see cref="AuthenticationMode.Auto"/>: the most secure one that the server offers.
    /// </summary>
    /// <remarks>
    /// In every mode there is one attempt, so that a wrong password counts once. If the server lacks the mechanism, the error lists those
    /// that it offers.
    /// </remarks>
    public AuthenticationMode AuthenticationMode { get; init; }

    internal bool HasToken => AccessTokenOAuth2 is not null || AccessTokenProvider is not null;

    internal static IEnumerable<OptionDescriptor> AuthenticationOptions =>
    [
        new ValueOption<string?>(nameof(User), o => o.User, (o, v) => o with { User = v })
        {
            Parse = OptionParsers.OptionalText,
            SettingAlias = "Username",
            Check = o => o switch
            {
                { User: null } when o.Password is not null || o.HasToken => "a user name if a password or an access token is set",
                { User: { } user } when !IsPlainText(user) => "a user name without control characters, or null for no authentication",
                _ => null,
            },
        },
        new ValueOption<string?>(nameof(Password), o => o.Password, (o, v) => o with { Password = v })
        {
            Parse = OptionParsers.OptionalText,
            IsSecret = true,
            Check = o => o switch
            {
                { Password: not null, HasToken: true } => "a password or an access token, not both",
                { Password: { } text } when text.Contains('\0', StringComparison.Ordinal) || UnicodeText.HalfPairAt(text) is not null =>
                    "text without NUL and without half of a surrogate pair",
                { Password: null, User: not null, HasToken: false } => "a password or an access token if User is set",
                _ => null,
            },
        },
        new ValueOption<string?>(nameof(AccessTokenOAuth2), o => o.AccessTokenOAuth2, (o, v) => o with { AccessTokenOAuth2 = v })
        {
            Parse = OptionParsers.OptionalText,
            IsSecret = true,
            Check = o => o.AccessTokenOAuth2 is null
                || (IsPlainText(o.AccessTokenOAuth2) && !TokenObject.IsObject(o.AccessTokenOAuth2))
                ? null
                : "a token without control characters, a token object with an access_token, or null",
        },
        new ValueOption<IAccessTokenProvider?>(
            nameof(AccessTokenProvider), o => o.AccessTokenProvider, (o, v) => o with { AccessTokenProvider = v })
        {
            SettingSection = OAuthSettings.Section,
            // A provider of the caller might print its secret.
            Print = _ => "set",
            Check = o => o.AccessTokenOAuth2 is null || o.AccessTokenProvider is null
                ? null
                : $"either {nameof(AccessTokenOAuth2)} or {nameof(AccessTokenProvider)}, not both",
        },
        new ValueOption<AuthenticationMode>(
            nameof(AuthenticationMode), o => o.AuthenticationMode, (o, v) => o with { AuthenticationMode = v })
        {
            UrlKey = "authenticationMode",
            Parse = OptionParsers.Authentication,
            Check = CheckAuthenticationMode,
        },
    ];

    private static string? CheckAuthenticationMode(ServerOptions options)
    {
        var mode = options.AuthenticationMode;
        if (!Enum.IsDefined(mode))
            return $"one of {string.Join(", ", Enum.GetNames<AuthenticationMode>())}";
        if (options.User is null || mode == AuthenticationMode.Auto)
            return null;
        var needsToken = mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer;
        return needsToken == options.HasToken ? null
            : options.HasToken ? "Auto, OAuth2 or OAuthBearer with an access token"
            : "a mode that uses a password";
    }

    private static bool IsPlainText(string text) =>
        !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl) && UnicodeText.HalfPairAt(text) is null;
}
