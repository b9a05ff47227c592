namespace SmtpTransport;

/// <summary>Collects the settings below <c>OAuth</c> and creates the token provider that they describe.</summary>
internal sealed class OAuthSettings
{
    public const string Section = "OAuth";

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Keys { get; } =
        [Key("Tenant"), Key("TokenEndpoint"), Key("ClientId"), Key("ClientSecret"), Key("RefreshToken"), Key("Scope")];

    public static bool IsKey(string key) => key.StartsWith($"{Section}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns an error if the key is unknown; otherwise null.</summary>
    public OptionError? Add(string key, string value)
    {
        if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
            return ServerOptionsSettings.Unknown(key);
        _values[key] = value;
        return null;
    }

    /// <summary>Returns what is missing or not valid; otherwise null, with a provider if there are settings.</summary>
    public OptionError? CreateProvider(out IAccessTokenProvider? provider)
    {
        provider = null;
        if (_values.Count == 0)
            return null;
        if (Value("ClientId") is not { } clientId)
            return Missing("ClientId");
        var (clientSecret, scope) = (Value("ClientSecret"), Value("Scope"));
        if (Value("Tenant") is { } tenant)
        {
            if (clientSecret is null)
                return Missing("ClientSecret");
            provider = ClientCredentialsTokenProvider.ForMicrosoft365(tenant, clientId, clientSecret);
            return null;
        }
        if (Value("TokenEndpoint") is not { } endpoint)
            return Missing("TokenEndpoint");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || !TokenEndpoint.IsAllowed(uri))
            return OptionError.NotAllowed(Key("TokenEndpoint"), "not valid", TokenEndpoint.Allowed);
        if (Value("RefreshToken") is { } refreshToken)
            provider = new RefreshTokenProvider(uri, clientId, clientSecret, refreshToken, scope);
        else if (clientSecret is null)
            return Missing("ClientSecret");
        else
            provider = new ClientCredentialsTokenProvider(uri, clientId, clientSecret, scope);
        return null;
    }

    private static string Key(string name) => $"{Section}:{name}";

    private static OptionError Missing(string name) => new(Key(name), $"{Key(name)} is missing.");

    private string? Value(string name) =>
        _values.GetValueOrDefault(Key(name)) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
}
