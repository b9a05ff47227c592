using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace SmtpTransport.Extensions.DependencyInjection;

/// <summary>Where a transporter's options come from, and when they change. Safe for concurrent callers.</summary>
internal sealed class OptionsSource(Func<ServerOptions> read, Func<IChangeToken>? changes)
{
    /// <exception cref="InvalidOperationException">They are wrong; the message names the key.</exception>
    public ServerOptions Read() => read();

    /// <summary>Calls back at each change until it is disposed; null where they never change.</summary>
    public IDisposable? OnChange(Action changed) => changes is null ? null : ChangeToken.OnChange(changes, changed);

    public static OptionsSource FromCode(IServiceProvider services, Func<IServiceProvider, ServerOptions> options) =>
        new(() => WithLogger(services, options(services) ?? throw new InvalidOperationException("AddSmtpTransporter: the options are null.")), null);

    public static OptionsSource FromConfiguration(IServiceProvider services, string section, Func<IServiceProvider, ServerOptions, ServerOptions>? configure)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        return new(
            () =>
            {
                var options = Named(section, () => ServerOptions.FromSettings(Settings(configuration, section)));
                return WithLogger(services, configure is null ? options : configure(services, options));
            },
            configuration.GetReloadToken);
    }

    /// <summary>The settings below a section, and the connection string of its name.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Settings(IConfiguration configuration, string section)
    {
        if (configuration.GetConnectionString(section) is { Length: > 0 } connection && configuration[$"{section}:ConnectionString"] is null)
            yield return new("ConnectionString", connection);
        foreach (var setting in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            if (setting.Key.Length > 0)
                yield return setting;
        }
    }

    private static ServerOptions Named(string section, Func<ServerOptions> read)
    {
        try
        {
            return read();
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException($"The configuration \"{section}{(exception.ParamName is { } key ? $":{key}" : "")}\" is wrong: {WithoutParameter(exception)}", exception);
        }
    }

    // "… (Parameter 'Port')" is for programmers.
    private static string WithoutParameter(ArgumentException exception) =>
        exception.Message.LastIndexOf(" (Parameter ", StringComparison.Ordinal) is var at and > 0 ? exception.Message[..at] : exception.Message;

    private static ServerOptions WithLogger(IServiceProvider services, ServerOptions options) =>
        options.Logger is null && services.GetService<ILoggerFactory>() is { } loggers ? options with { Logger = loggers.CreateLogger<SmtpTransporter>() } : options;
}
