using Microsoft.Extensions.Configuration;

namespace SmtpTransport.Outbox;

/// <summary>Reads the options of an outbox from a section of a configuration. No connection string is in an error.</summary>
internal sealed class OutboxSettings
{
    private const string ConnectionString = "ConnectionString";
    private const string Provider = "Provider";
    private const string Limits = "Limits";

    private readonly IConfiguration _configuration;
    private readonly string _section;
    private readonly OutboxOptions _options = new();
    private readonly List<string> _errors = [];
    private readonly SortedDictionary<string, string> _given = new(StringComparer.OrdinalIgnoreCase);

    private OutboxSettings(IConfiguration configuration, string section)
    {
        (_configuration, _section) = (configuration, section);
        foreach (var (key, value) in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            // An empty text is as none: a later source of a configuration cannot remove a key, only empty it.
            if (key.Length > 0 && !string.IsNullOrEmpty(value))
                _given.Add(key, value);
        }
    }

    /// <summary>Reads the options.</summary>
    /// <param name="configuration">The configuration of the application.</param>
    /// <param name="section">The section, and the name of a connection string.</param>
    /// <param name="configure">Sets what a configuration cannot hold; null for nothing.</param>
    /// <exception cref="InvalidOperationException">The settings are not valid; the message has all errors.</exception>
    public static OutboxOptions Read(IConfiguration configuration, string section, Action<OutboxOptions>? configure)
    {
        var settings = new OutboxSettings(configuration, section);
        settings.ReadDatabase(isRequired: configure is null);
        settings.ReadLimits();
        settings.ReadOptions();
        configure?.Invoke(settings._options);
        settings.CheckOptions();
        return settings._errors.Count == 0 ? settings._options : throw new InvalidOperationException(
            $"The configuration \"{section}\" of the outbox is not valid:\n{string.Join('\n', settings._errors)}");
    }

    private void ReadDatabase(bool isRequired)
    {
        _given.Remove(ConnectionString, out var given);
        _given.Remove(Provider, out var provider);
        var text = given is not null && !given.Contains('=', StringComparison.Ordinal)
            ? _configuration.GetConnectionString(given) : given ?? _configuration.GetConnectionString(_section);
        if (string.IsNullOrEmpty(text))
        {
            if (given is not null && (given.Contains("://", StringComparison.Ordinal) || given.Contains('@', StringComparison.Ordinal)))
            {
                // Not repeated: it may have a password.
                Add(
                    ConnectionString,
                    "it is a URL; allowed: a connection string such as Host=…;Database=…, or the name of one below ConnectionStrings.");
            }
            else if (given is not null)
            {
                Add(
                    ConnectionString,
                    $"there is no connection string \"{given}\". Set ConnectionStrings:{given}, or give the connection string itself.");
            }
            else if (isRequired)
            {
                _errors.Add(
                    $"There is no database: set {_section}:{ConnectionString} (in the environment "
                    + $"{_section.Replace(":", "__", StringComparison.Ordinal)}__{ConnectionString}), or ConnectionStrings:{_section}.");
            }
            return;
        }
        var known = DatabaseProvider.All.FirstOrDefault(p => p.Equals(provider, StringComparison.OrdinalIgnoreCase));
        if (provider is not null && known is null)
        {
            Add(Provider, $"\"{provider}\" is unknown; allowed: {string.Join(", ", DatabaseProvider.All)}.");
            return;
        }
        try
        {
            DatabaseProvider.Use(_options, known ?? DatabaseProvider.Find(text), text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            // The text of a provider's exception may repeat a part of the connection string.
            Add(
                ConnectionString,
                exception.Source == typeof(OutboxSettings).Assembly.GetName().Name
                    ? exception.Message : $"it is not a valid connection string of {known ?? "a known provider"}.");
        }
    }

    /// <summary>The items of <c>Limits</c>: a rate or a number of emails at once, for a transporter or one of its lanes.</summary>
    private void ReadLimits()
    {
        var items = _given.Where(s => s.Key.StartsWith(Limits + ":", StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var (key, _) in items)
            _given.Remove(key);
        foreach (var item in items.GroupBy(s => s.Key.Split(':')[1]))
        {
            var path = $"{Limits}:{item.Key}";
            var limit = new LimitSetting();
            foreach (var (key, value) in item)
            {
                if (limit.Read(key[Math.Min(path.Length + 1, key.Length)..], value) is { } problem)
                    Add(key, problem);
            }
            if (limit.Apply(_options) is { } missing)
                Add(path, missing);
        }
    }

    private void ReadOptions()
    {
        foreach (var (key, text) in _given)
        {
            var setting = OutboxSetting.All.FirstOrDefault(s => s.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
            {
                var known = OutboxSetting.All.Select(s => s.Key).Concat([ConnectionString, Provider, Limits]);
                Add(key, $"the key is unknown; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
            }
            else if (setting.Read(_options, text) is { } allowed)
                Add(key, $"the value is \"{text}\"; allowed: {allowed}.");
        }
    }

    private void CheckOptions()
    {
        foreach (var (name, message) in _options.FindErrors())
        {
            if (name is not null)
                Add(name, message);
            else if (_errors.Count == 0)
                _errors.Add(message);
        }
    }

    private void Add(string key, string problem) => _errors.Add($"{_section}:{key}: {problem}");
}
