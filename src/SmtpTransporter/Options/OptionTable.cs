using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>
/// The table of all options. URLs, settings, checks, <see cref="ServerOptions.ToString"/> and equality come from it, and a test compares
/// docs/options.md with it.
/// </summary>
internal static class OptionTable
{
    public static IReadOnlyList<OptionDescriptor> All { get; } =
    [
        .. ServerOptions.ConnectionOptions, .. ServerOptions.TlsOptions, .. ServerOptions.AuthenticationOptions,
        .. ServerOptions.LimitOptions, .. ServerOptions.MessageOptions, .. ServerOptions.SafetyOptions, .. ServerOptions.DiagnosticOptions,
    ];

    private static readonly ServerOptions Defaults = new();

    private static readonly Dictionary<string, OptionDescriptor> UrlKeys =
        All.Where(o => o.UrlKey is not null).ToDictionary(o => o.UrlKey!, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, (OptionDescriptor Option, OptionSetting Setting)> SettingKeys =
        All.SelectMany(o => o.Settings.Select(s => (Option: o, Setting: s)))
            .ToDictionary(p => p.Setting.Key, StringComparer.OrdinalIgnoreCase);

    private static readonly OptionSetting[] NamedSettings =
        [.. SettingKeys.Values.Select(p => p.Setting).Where(s => s.ReadNamed is not null)];

    /// <summary>The keys that a URL can have.</summary>
    public static IEnumerable<string> UrlKeyNames => UrlKeys.Keys;

    /// <summary>The keys that settings can have.</summary>
    public static IEnumerable<string> SettingKeyNames => SettingKeys.Keys;

    /// <summary>The options that differ from their defaults.</summary>
    public static IEnumerable<OptionDescriptor> Changed(ServerOptions options) => All.Where(o => !o.IsSame(options, Defaults));

    /// <summary>The first error of the options; null if they are valid.</summary>
    public static OptionError? FindError(ServerOptions options) => All.Select(o => o.FindError(options)).FirstOrDefault(e => e is not null);

    public static bool TryFindUrlKey(string key, [NotNullWhen(true)] out OptionDescriptor? option) => UrlKeys.TryGetValue(key, out option);

    /// <summary>The setting whose key has a part that is not known before, and that part; null if there is none.</summary>
    public static (OptionSetting Setting, string Name)? FindNamedSetting(string key)
    {
        foreach (var setting in NamedSettings)
        {
            if (setting.FindName(key) is { } name)
                return (setting, name);
        }
        return null;
    }

    public static bool TryFindSetting(string key, out (OptionDescriptor Option, OptionSetting Setting) found) =>
        SettingKeys.TryGetValue(key, out found);
}
