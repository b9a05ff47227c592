using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// Reads options from settings, as a configuration gives them. The keys are the names of the properties, in any case of letters; times are
    /// seconds or <c>hh:mm:ss</c>; lists have their index behind a colon (<c>AllowedRecipients:0</c>) or are separated by <c>,</c>. Beside them:
    /// <list type="bullet">
    /// <item><c>ConnectionString</c> or <c>Url</c>: a URL as <see cref="Parse"/> reads it, or <c>Endpoint=smtp://host:port;User=…;Password=…</c>; the
    /// other settings count over it.</item>
    /// <item><c>Username</c> for <see cref="User"/>.</item>
    /// <item><c>TrustedCertificates</c>: files in PEM or DER; <c>Certificate</c>: a PKCS #12 file.</item>
    /// <item><c>Dkim:Domain</c>, <c>Dkim:Selector</c>, <c>Dkim:PrivateKey</c>.</item>
    /// <item><c>OAuth:TokenEndpoint</c> (or <c>OAuth:Tenant</c> for Microsoft 365), <c>OAuth:ClientId</c>, <c>OAuth:ClientSecret</c>, <c>OAuth:Scope</c>
    /// and <c>OAuth:RefreshToken</c>: an <see cref="AccessTokenProvider"/> is made of them.</item>
    /// </list>
    /// Keys without a value, such as those of sections, are passed over.
    /// </summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="ArgumentException">
    /// A key is unknown, given twice, or its value wrong; <see cref="ArgumentException.ParamName"/> is the key. No secret is in the message.
    /// </exception>
    public static ServerOptions FromSettings(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var given = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings)
        {
            if (value is not null && !given.TryAdd(key, value))
                throw new ArgumentException($"The key \"{key}\" is given twice.", key);
        }
        var options = new ServerOptions();
        foreach (var key in given.Keys.Where(k => Is(k, "ConnectionString") || Is(k, "Url")))
            options = FromConnectionString(given[key], key);
        var oauth = new OAuthSettings();
        foreach (var (key, value) in given)
        {
            if (!Is(key, "ConnectionString") && !Is(key, "Url") && !oauth.Take(key, value))
                options = options.WithSetting(key, value);
        }
        if (oauth.Provider() is { } provider)
            options = options with { AccessTokenProvider = provider };
        ServerOptionsCheck.ThrowIfWrong(options);
        return options;

        static bool Is(string key, string name) => key.Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A URL, or pairs of which <c>Endpoint</c> is one.</summary>
    private static ServerOptions FromConnectionString(string text, string key)
    {
        if (!text.TrimStart().StartsWith("Endpoint=", StringComparison.OrdinalIgnoreCase) && !text.Contains(";Endpoint=", StringComparison.OrdinalIgnoreCase))
            return Parse(text);
        var pairs = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(p => Split(p, '=')).ToList();
        var endpoint = pairs.First(p => p.Head.Equals("Endpoint", StringComparison.OrdinalIgnoreCase)).Tail ?? "";
        var options = Parse(endpoint);
        foreach (var (name, value) in pairs.Where(p => !p.Head.Equals("Endpoint", StringComparison.OrdinalIgnoreCase)))
            options = options.WithSetting(name.Trim(), value ?? throw new ArgumentException($"{key}: \"{name}\" has no value.", key));
        return options;
    }

    private ServerOptions WithSetting(string key, string value)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        var isItem = colon > 0 && key.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 && colon < key.Length - 1;
        var name = isItem ? key[..colon] : key;
#pragma warning disable CA1308 // The names are written in lower case below; nothing is made secure by it.
        return name.ToLowerInvariant() switch
#pragma warning restore CA1308
        {
            "allowedrecipients" => this with { AllowedRecipients = [.. AllowedRecipients, .. Items()] },
            "pinnedfingerprints" => this with { PinnedFingerprints = [.. PinnedFingerprints, .. Items()] },
            "trustedcertificates" => this with { TrustedCertificates = [.. TrustedCertificates, .. Items().Select(Certificate)] },
            _ when isItem => throw Unknown(),
            "host" => this with { Host = value },
            "port" => this with { Port = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : throw Wrong("must be a port from 1 to 65535") },
            "user" or "username" => this with { User = value.Length == 0 ? null : value },
            "password" => this with { Password = value.Length == 0 ? null : value },
            "accesstokenoauth2" => this with { AccessTokenOAuth2 = value.Length == 0 ? null : value },
            "certificate" => this with { Certificate = CertificateSource.FromFile(value) },
            "certificatename" => this with { CertificateName = value },
            "certificatepassword" => this with { CertificatePassword = value },
            "dkim:domain" => this with { Dkim = (Dkim ?? new()) with { Domain = value } },
            "dkim:selector" => this with { Dkim = (Dkim ?? new()) with { Selector = value } },
            "dkim:privatekey" => this with { Dkim = (Dkim ?? new()) with { PrivateKey = value } },
            "dangerouslyacceptanyservercertificate" => this with { DangerouslyAcceptAnyServerCertificate = Flag() },
            "redirectallto" => this with { RedirectAllTo = value.Length == 0 ? null : value },
            "pickupfolder" => this with { PickupFolder = value.Length == 0 ? null : value },
            "telemetryshowspersonaldata" => this with { IncludePersonalDataInTelemetry = Flag() },
            // One of a list: its name here is in the plural.
            "pinnedfingerprint" => throw Unknown(),
            _ => With(key, key, value, smtps: false, why => why.StartsWith("it has the unknown key", StringComparison.Ordinal) ? Unknown() : new ArgumentException($"{why}.", key)),
        };

        bool Flag() => bool.TryParse(value, out var flag) ? flag : throw Wrong("must be true or false");

        string[] Items() => isItem ? [value.Trim()] : value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        X509Certificate2 Certificate(string path)
        {
            try
            {
#if NET9_0_OR_GREATER
                return X509CertificateLoader.LoadCertificateFromFile(path);
#else
                return new X509Certificate2(path);
#endif
            }
            catch (System.Security.Cryptography.CryptographicException exception)
            {
                throw new ArgumentException($"{key}: \"{path}\" is no certificate that can be read: {exception.Message}", key, exception);
            }
        }

        ArgumentException Wrong(string why) => new($"{key} {why}.", key);

        ArgumentException Unknown() => new($"The key \"{key}\" is unknown.", key);
    }

    /// <summary>The settings below <c>OAuth</c>.</summary>
    private sealed class OAuthSettings
    {
        private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

        public bool Take(string key, string value)
        {
            if (!key.StartsWith("OAuth:", StringComparison.OrdinalIgnoreCase))
                return false;
#pragma warning disable CA1308
            if (key[6..].ToLowerInvariant() is not ("tokenendpoint" or "tenant" or "clientid" or "clientsecret" or "scope" or "refreshtoken"))
#pragma warning restore CA1308
                throw new ArgumentException($"The key \"{key}\" is unknown.", key);
            _values[key[6..]] = value;
            return true;
        }

        public IAccessTokenProvider? Provider()
        {
            if (_values.Count == 0)
                return null;
            var id = Required("ClientId");
            if (Value("Tenant") is { } tenant)
                return ClientCredentialsTokenProvider.ForMicrosoft365(tenant, id, Required("ClientSecret"));
            var endpoint = Uri.TryCreate(Required("TokenEndpoint"), UriKind.Absolute, out var uri) ? uri : throw new ArgumentException("OAuth:TokenEndpoint must be an https URL.", "OAuth:TokenEndpoint");
            return Value("RefreshToken") is { } refresh
                ? new RefreshTokenProvider(endpoint, id, Value("ClientSecret"), refresh, Value("Scope"))
                : new ClientCredentialsTokenProvider(endpoint, id, Required("ClientSecret"), Value("Scope"));
        }

        private string? Value(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        private string Required(string name) => Value(name) ?? throw new ArgumentException($"OAuth:{name} is missing.", $"OAuth:{name}");
    }
}
