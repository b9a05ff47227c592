using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Reads the options of a transporter, and reports when they may have changed. Safe for concurrent callers.</summary>
internal sealed class OptionsSource(Func<ServerOptions> read, Func<IChangeToken>? changes)
{
    private const string ConnectionString = "ConnectionString";

    /// <exception cref="InvalidOperationException">The options are not valid; the message names the key.</exception>
    public ServerOptions Read() => read();

    /// <summary>Calls back at each change until the result is disposed. Returns null if the options never change.</summary>
    public IDisposable? OnChange(Action changed) => changes is null ? null : ChangeToken.OnChange(changes, changed);

    public static OptionsSource FromCode(IServiceProvider services, string? key, Func<IServiceProvider, ServerOptions> options) =>
        new(
            () => ApplicationServices.Apply(
                services, options(services) ?? throw new InvalidOperationException("The options delegate returned null."), key),
            null);

    public static OptionsSource FromConfiguration(
        IServiceProvider services, string? key, string section, Func<IServiceProvider, ServerOptions, ServerOptions>? configure)
    {
        var configuration = services.GetService<IConfiguration>() ?? throw new InvalidOperationException(
            $"The transporter{NameOf(key)} reads the section \"{section}\" of the configuration, and the services have no "
            + $"IConfiguration. "
            + "Build them with a host (Host.CreateApplicationBuilder), add one (services.AddSingleton<IConfiguration>(…)), or give the "
            + "options in code: AddSmtpTransporter(_ => new ServerOptions { … }).");
        return new(Read, configuration.GetReloadToken);

        ServerOptions Read()
        {
            if (!ServerOptions.TryFromSettings(Settings(configuration, section), out var options, out var error))
            {
                var isEmpty = !Settings(configuration, section).Any(s => s.Value is not null);
                throw new InvalidOperationException(
                    isEmpty ? Missing(configuration, section)
                        : $"The configuration \"{PathOf(configuration, section, error)}\" is not valid: {error.Message}");
            }
            if (configure is not null)
                options = configure(services, options) ?? throw new InvalidOperationException("The configure delegate returned null.");
            return ApplicationServices.Apply(services, options, key);
        }
    }

    private static string NameOf(string? key) => key is null ? "" : $" \"{key}\"";

    private static string Missing(IConfiguration configuration, string section)
    {
        var others = configuration.GetChildren().Where(c => c["Host"] is not null || c["Service"] is not null || c["Url"] is not null)
            .Select(c => $"\"{c.Key}\"").ToList();
        return $"The configuration has neither a section \"{section}\" nor a connection string \"{section}\". Set {section}:Host (in the "
            + $"environment {section.Replace(":", "__", StringComparison.Ordinal)}__Host), or ConnectionStrings:{section}"
            + (others.Count == 0 ? "." : $"; or name the section that is meant: {string.Join(", ", others)} could be one.");
    }

    // As it stands in the configuration, where someone must correct it.
    private static string PathOf(IConfiguration configuration, string section, OptionError error) =>
        IsConnectionString(configuration, section) && error.Name is null or ConnectionString ? $"ConnectionStrings:{section}"
        : error.Name is { } name ? $"{section}:{name}"
        : section;

    private static bool IsConnectionString(IConfiguration configuration, string section) =>
        configuration.GetConnectionString(section) is { Length: > 0 } && configuration[$"{section}:{ConnectionString}"] is null;

    /// <summary>The settings below a section, and the connection string of its name.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Settings(IConfiguration configuration, string section)
    {
        if (IsConnectionString(configuration, section))
            yield return new(ConnectionString, configuration.GetConnectionString(section));
        foreach (var setting in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            if (setting.Key.Length > 0)
                yield return setting;
        }
    }
}
