using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport;
using SmtpTransport.Extensions.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds transporters to an application.</summary>
public static class SmtpTransporterServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ISmtpTransporter"/> as a singleton with the settings of a configuration section (<c>Smtp:Host</c>, <c>Smtp:User</c>, …; see
    /// <see cref="ServerOptions.FromSettings"/>) and of the connection string of the same name, if there is one. They are checked when the host
    /// starts: what is wrong stops it with an <see cref="InvalidOperationException"/> that names the key. When the configuration changes, later
    /// mails go by the new settings; what is under way ends by the old ones. Settings that are wrong then are logged, and the old ones stay.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section's name, and the connection string's.</param>
    /// <param name="configure">Changes the options that were read, for what a configuration cannot hold; called again at each change. Default none.</param>
    /// <returns>The services, for further calls.</returns>
    public static IServiceCollection AddSmtpTransporter(
        this IServiceCollection services, string section = "Smtp", Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        return services.AddDefault(provider => OptionsSource.FromConfiguration(provider, section, configure));
    }

    /// <summary>Adds <see cref="ISmtpTransporter"/> as a singleton with options from code. They are checked when the host starts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Makes the options; called once.</param>
    /// <returns>The services, for further calls.</returns>
    public static IServiceCollection AddSmtpTransporter(this IServiceCollection services, Func<IServiceProvider, ServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddDefault(provider => OptionsSource.FromCode(provider, options));
    }

    /// <summary>
    /// Adds a further transporter, for <c>[FromKeyedServices("newsletter")] ISmtpTransporter</c>, with the settings of a section of its own; otherwise
    /// as <see cref="AddSmtpTransporter(IServiceCollection, string, Func{IServiceProvider, ServerOptions, ServerOptions})"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="section">The section's name, and the connection string's.</param>
    /// <param name="configure">Changes the options that were read. Default none.</param>
    /// <returns>The services, for further calls.</returns>
    public static IServiceCollection AddKeyedSmtpTransporter(
        this IServiceCollection services, string key, string section, Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        return services.AddKeyed(key, provider => OptionsSource.FromConfiguration(provider, section, configure));
    }

    /// <summary>Adds a further transporter with options from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="options">Makes the options; called once.</param>
    /// <returns>The services, for further calls.</returns>
    public static IServiceCollection AddKeyedSmtpTransporter(this IServiceCollection services, string key, Func<IServiceProvider, ServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddKeyed(key, provider => OptionsSource.FromCode(provider, options));
    }

    private static IServiceCollection AddDefault(this IServiceCollection services, Func<IServiceProvider, OptionsSource> source)
    {
        services.AddCommon();
        services.TryAddSingleton<ISmtpTransporter>(provider => new ReloadingTransporter(source(provider), Logger(provider)));
        services.AddSingleton(new StartCheck.Entry(provider => provider.GetRequiredService<ISmtpTransporter>()));
        return services;
    }

    private static IServiceCollection AddKeyed(this IServiceCollection services, string key, Func<IServiceProvider, OptionsSource> source)
    {
        services.AddCommon();
        services.TryAddKeyedSingleton<ISmtpTransporter>(key, (provider, _) => new ReloadingTransporter(source(provider), Logger(provider)));
        services.AddSingleton(new StartCheck.Entry(provider => provider.GetRequiredKeyedService<ISmtpTransporter>(key)));
        return services;
    }

    private static void AddCommon(this IServiceCollection services)
    {
        services.TryAddSingleton<ISmtpTransporterRegistry, SmtpTransporterRegistry>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck>());
    }

    private static ILogger? Logger(IServiceProvider provider) => provider.GetService<ILoggerFactory>()?.CreateLogger("SmtpTransport");
}
