using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Reads the options of a transporter, and reports when they may have changed. Safe for concurrent callers.</summary>
internal sealed class OptionsSource(Func<ServerOptions> read, Func<IChangeToken>? changes)
{
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
        var configuration = services.GetRequiredService<IConfiguration>();
        return new(Read, configuration.GetReloadToken);

        ServerOptions Read()
        {
            if (!ServerOptions.TryFromSettings(Settings(configuration, section), out var options, out var error))
            {
                var path = error.Name is { } name ? $"{section}:{name}" : section;
                throw new InvalidOperationException($"The configuration \"{path}\" is not valid: {error.Message}");
            }
            if (configure is not null)
                options = configure(services, options) ?? throw new InvalidOperationException("The configure delegate returned null.");
            return ApplicationServices.Apply(services, options, key);
        }
    }

    /// <summary>The settings below a section, and the connection string of its name.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Settings(IConfiguration configuration, string section)
    {
        if (configuration.GetConnectionString(section) is { Length: > 0 } connection
            && configuration[$"{section}:ConnectionString"] is null)
            yield return new("ConnectionString", connection);
        foreach (var setting in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            if (setting.Key.Length > 0)
                yield return setting;
        }
    }
}
