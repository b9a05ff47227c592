namespace SmtpTransport;

/// <summary>Collects the settings below <c>OAuth</c> and creates the token provider that they describe.</summary>
internal sealed class OAuthSettings
{
    public const string Section = "OAuth";

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Keys { get; } =
    [
        Key("Tenant"), Key("TokenEndpoint"), Key("ClientId"), Key("ClientSecret"), Key("RefreshToken"), Key("Scope"),
        Key("CertificatePath"), Key("CertificatePassword"), Key("FederatedTokenFile"), Key("ManagedIdentity"), Key("ServiceAccountFile"),
        Key("TokenFile"),
    ];

    // Who is authorized, and by what: at most one of them is given.
    private static readonly string[] Kinds =
        ["ClientSecret", "CertificatePath", "FederatedTokenFile", "ManagedIdentity", "ServiceAccountFile"];

    // What the one makes useless in the other, beside the kinds.
    private static readonly (string First, string Second)[] Exclusions =
    [
        ("TokenFile", "RefreshToken"), ("Tenant", "TokenEndpoint"),
        ("RefreshToken", "CertificatePath"), ("RefreshToken", "FederatedTokenFile"),
        .. Others("ManagedIdentity", "Tenant", "TokenEndpoint", "RefreshToken", "TokenFile"),
        .. Others("ServiceAccountFile", "Tenant", "TokenEndpoint", "RefreshToken", "TokenFile", "ClientId", "Scope"),
    ];

    public static bool IsKey(string key) => key.StartsWith($"{Section}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns an error if the key is unknown; otherwise null.</summary>
    public OptionError? Add(string key, string value)
    {
        if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
            return new(key, $"The key \"{key}\" is unknown{NearNames.Ask(key, Keys)}");
        _values[key] = value;
        return null;
    }

    /// <summary>Returns what is missing or not valid; otherwise null, with a provider if there are settings.</summary>
    /// <param name="user">The user of the server, whom a service account represents.</param>
    /// <param name="provider">The provider; null if there are no settings.</param>
    public OptionError? CreateProvider(string? user, out IAccessTokenProvider? provider)
    {
        provider = null;
        if (_values.Count == 0)
            return null;
        if (Kinds.Where(k => Value(k) is not null).ToArray() is [var first, var second, ..])
            return new(Key(second), $"{Key(first)} and {Key(second)} exclude each other: give one.");
        if (Exclusions.FirstOrDefault(e => Value(e.First) is not null && Value(e.Second) is not null) is { First: not null } pair)
            return new(Key(pair.Second), $"{Key(pair.First)} and {Key(pair.Second)} exclude each other: give one.");
        if (Value("CertificatePassword") is not null && Value("CertificatePath") is null)
            return Missing("CertificatePath");
        if (Value("ManagedIdentity") is { } managed)
            return CreateManagedIdentity(managed, out provider);
        if (Value("ServiceAccountFile") is { } account)
            return CreateServiceAccount(account, user, out provider);
        if (Value("ClientId") is not { } clientId)
            return Missing("ClientId");
        if (FindEndpoint(out var endpoint) is { } error)
            return error;
        var scope = Value("Scope");
        if (Value("TokenFile") is { } tokenFile)
        {
            var server = new AuthorizationServer { TokenEndpoint = endpoint, Scope = scope ?? DefaultScope(forUser: true) };
            provider = new UserTokenProvider(server, clientId, new FileTokenStore(tokenFile), Credential());
        }
        else if (Value("RefreshToken") is { } refreshToken)
        {
            provider = new RefreshTokenProvider(
                endpoint, clientId, Value("ClientSecret"), refreshToken, scope ?? DefaultScope(forUser: true));
        }
        else if (Credential() is not { } credential)
        {
            return new(
                Key("ClientSecret"),
                $"{Key("ClientSecret")} is missing. Give it, or {Key("CertificatePath")} or {Key("FederatedTokenFile")}; or, for a user, "
                + $"{Key("RefreshToken")} or {Key("TokenFile")}.");
        }
        else
        {
            provider = new ClientCredentialsTokenProvider(endpoint, clientId, credential, scope ?? DefaultScope(forUser: false));
        }
        return null;
    }

    private OptionError? CreateManagedIdentity(string text, out IAccessTokenProvider? provider)
    {
        provider = null;
        if (!bool.TryParse(text, out var isOn) || !isOn)
            return OptionError.NotAllowed(Key("ManagedIdentity"), OptionText.Quote(text), "true, or no value");
        provider = Value("Scope") is { } resource
            ? new ManagedIdentityTokenProvider(ResourceOf(resource), Value("ClientId"))
            : ManagedIdentityTokenProvider.ForMicrosoft365(Value("ClientId"));
        return null;
    }

    // A managed identity is asked for the resource, which a scope names together with this suffix.
    private static string ResourceOf(string scope) =>
        scope.EndsWith(MicrosoftEndpoints.DefaultSuffix, StringComparison.OrdinalIgnoreCase)
            ? scope[..^MicrosoftEndpoints.DefaultSuffix.Length]
            : scope;

    private static OptionError? CreateServiceAccount(string path, string? user, out IAccessTokenProvider? provider)
    {
        provider = string.IsNullOrWhiteSpace(user) ? null : GoogleServiceAccountTokenProvider.FromFile(path, user);
        return provider is null ? new("User", $"User is missing: {Key("ServiceAccountFile")} acts for a user.") : null;
    }

    private OptionError? FindEndpoint(out Uri endpoint)
    {
        endpoint = null!;
        if (Value("Tenant") is { } tenant)
        {
            endpoint = MicrosoftEndpoints.Token(tenant);
            return null;
        }
        if (Value("TokenEndpoint") is not { } text)
            return Missing("TokenEndpoint");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !OAuthClient.IsAllowed(uri))
            return OptionError.NotAllowed(Key("TokenEndpoint"), "not valid", OAuthClient.Allowed);
        endpoint = uri;
        return null;
    }

    private string? DefaultScope(bool forUser) => Value("Tenant") is null ? null
        : forUser ? MicrosoftEndpoints.UserScope
        : MicrosoftEndpoints.ApplicationScope;

    private ClientCredential? Credential() =>
        Value("ClientSecret") is { } secret ? ClientCredential.FromSecret(secret)
        : Value("CertificatePath") is { } path ? ClientCredential.FromCertificate(path, Value("CertificatePassword"))
        : Value("FederatedTokenFile") is { } file ? ClientCredential.FromFederatedTokenFile(file)
        : null;

    private static IEnumerable<(string First, string Second)> Others(string first, params string[] others) =>
        others.Select(other => (first, other));

    private static string Key(string name) => $"{Section}:{name}";

    private static OptionError Missing(string name) => new(Key(name), $"{Key(name)} is missing.");

    private string? Value(string name) =>
        _values.GetValueOrDefault(Key(name)) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
}
