namespace SmtpTransport;

/// <summary>Reads options from settings, by the setting keys of the <see cref="OptionTable"/>.</summary>
internal static class ServerOptionsSettings
{
    private const string Endpoint = "Endpoint";

    private static readonly string[] ConnectionStringKeys = ["ConnectionString", "Url"];

    /// <summary>Returns the first error; null if the options are valid. No secret is in the error.</summary>
    public static OptionError? Read(IEnumerable<KeyValuePair<string, string?>> settings, out ServerOptions options)
    {
        options = new ServerOptions();
        var given = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings)
        {
            if (value is not null && !given.TryAdd(key, value))
                return new(key, $"The key \"{key}\" is given twice.");
        }
        if (ReadService(given, out options) is { } unknown)
            return unknown;
        foreach (var key in ConnectionStringKeys)
        {
            if (given.Remove(key, out var text) && ReadConnectionString(key, text, out options) is { } error)
                return error;
        }
        var oauth = new OAuthSettings();
        foreach (var (key, value) in given)
        {
            if (TokenObject.TryReadSetting(key, value, ref options))
                continue;
            if ((OAuthSettings.IsKey(key) ? oauth.Add(key, value) : ReadSetting(key, value, ref options)) is { } error)
                return error;
        }
        if (oauth.CreateProvider(options.User, out var provider) is { } missing)
            return missing;
        if (provider is not null)
            options = options with { AccessTokenProvider = provider };
        return OptionTable.FindError(options);
    }

    public static OptionError Unknown(string key)
    {
        var near = NearNames.Of(key, OptionTable.SettingKeyNames.Concat(ConnectionStringKeys).Append(SmtpService.ServiceKey));
        return new(
            key,
            $"The key \"{key}\" is unknown. "
            + (near.Count > 0 ? $"Is it {string.Join(" or ", near.Select(n => $"\"{n}\""))}?"
                : $"A key must be the name of a property of {nameof(ServerOptions)}, such as \"Host\"."));
    }

    // As with other keys, empty text is as none.
    private static OptionError? ReadService(SortedDictionary<string, string> given, out ServerOptions options)
    {
        options = new ServerOptions();
        given.Remove(SmtpService.ServiceKey, out var service);
        given.Remove(SmtpService.RegionKey, out var region);
        if (string.IsNullOrEmpty(service))
        {
            return string.IsNullOrEmpty(region) ? null : new(
                SmtpService.RegionKey, $"{SmtpService.RegionKey} needs {SmtpService.ServiceKey}.");
        }
        if (Array.Find(ConnectionStringKeys, given.ContainsKey) is { } other)
        {
            return new(
                SmtpService.ServiceKey, $"{SmtpService.ServiceKey} and {other} exclude each other; allowed: one of them.");
        }
        return SmtpService.Read(service, string.IsNullOrEmpty(region) ? null : region, out options);
    }

    // A URL, or pairs of which Endpoint is one.
    private static OptionError? ReadConnectionString(string key, string text, out ServerOptions options)
    {
        var pairs = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(p => ServerOptionsUrl.Split(p, '=')).ToList();
        var at = pairs.FindIndex(p => p.Tail is not null && p.Head.Equals(Endpoint, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
            return ServerOptionsUrl.Read(text, out options);
        if (ServerOptionsUrl.Read(pairs[at].Tail!, out options) is { } urlError)
            return urlError;
        foreach (var (name, value) in pairs.Where(p => !p.Head.Equals(Endpoint, StringComparison.OrdinalIgnoreCase)))
        {
            if (value is null)
                return new(key, $"\"{name}\" in {key} has no value.");
            if (ReadSetting(name.Trim(), value, ref options) is { } error)
                return new(key, $"In the connection string: {error.Message}");
        }
        return null;
    }

    private static OptionError? ReadSetting(string key, string text, ref ServerOptions options)
    {
        if (OptionTable.FindNamedSetting(key) is { } named)
        {
            (options, var allowed) = named.Setting.ReadNamed!(options, named.Name, text);
            return allowed is null ? null : OptionError.NotAllowed(key, OptionText.Hidden, allowed);
        }
        var name = WithoutIndex(key);
        if (!OptionTable.TryFindSetting(name, out var found) || (name.Length < key.Length && !found.Option.IsList))
            return Unknown(key);
        string[] items = !found.Option.IsList ? [text]
            : name.Length < key.Length ? [text.Trim()]
            : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var item in items)
        {
            (options, var expected) = found.Setting.Read(options, item);
            if (expected is not null)
                return OptionError.NotAllowed(key, found.Option.IsSecret ? OptionText.Hidden : OptionText.Quote(item), expected);
        }
        return null;
    }

    // "AllowedRecipients:0" is an item of AllowedRecipients.
    private static string WithoutIndex(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < key.Length - 1 && key.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? key[..colon] : key;
    }
}
