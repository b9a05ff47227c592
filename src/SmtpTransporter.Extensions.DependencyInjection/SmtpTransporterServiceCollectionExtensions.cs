using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SmtpTransport;
using SmtpTransport.Extensions.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds transporters to the services of an application. The container ends them; <c>Dispose</c> of a transporter that is resolved from
/// it has no effect, because others share it.
/// </summary>
public static class SmtpTransporterServiceCollectionExtensions
{
    /// <summary>Adds <see cref="ISmtpTransporter"/> as a singleton that is configured by a section of the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The name of the section and of the connection string. Default <c>Smtp</c>.</param>
    /// <param name="configure">
    /// Returns the options to use, made from those that were read: it sets what a configuration cannot hold. It is called again at each
    /// change of the configuration. Default none.
    /// </param>
    /// <returns>The services, for further calls.</returns>
    /// <remarks>
    /// The settings are those of the section (<c>Smtp:Host</c>, <c>Smtp:User</c>, …; see <see cref="ServerOptions.FromSettings"/>) and of
    /// the connection string of the same name, if there is one. They are validated when the host starts: invalid settings stop it with an
    /// <see cref="InvalidOperationException"/> that names the key. Changes of the configuration apply to later sends; sends in progress
    /// finish with the old settings. Invalid changes are logged and ignored. If <paramref name="configure"/> returns a new object each
    /// time, such as a token provider that is not equal to the last one, each change of the configuration opens new connections.
    /// </remarks>
    /// <exception cref="ArgumentNullException">The services or the section are null.</exception>
    /// <exception cref="ArgumentException">The section is blank.</exception>
    public static IServiceCollection AddSmtpTransporter(
        this IServiceCollection services, string section = "Smtp", Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        return services.AddDefault(provider => OptionsSource.FromConfiguration(provider, key: null, section, configure));
    }

    /// <summary>Adds <see cref="ISmtpTransporter"/> as a singleton with options from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Returns the options; called once.</param>
    /// <returns>The services, for further calls.</returns>
    /// <remarks>
    /// The options are validated when the host starts: invalid options stop it with an <see cref="InvalidOperationException"/> that names
    /// the property.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddSmtpTransporter(this IServiceCollection services, Func<IServiceProvider, ServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddDefault(provider => OptionsSource.FromCode(provider, key: null, options));
    }

    /// <summary>
    /// Adds a further transporter, for <c>[FromKeyedServices("newsletter")] ISmtpTransporter</c>, that is configured by a section of its
    /// own.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is the transporter's name in <see cref="ISmtpTransporterRegistry"/>.</param>
    /// <param name="section">The name of the section and of the connection string.</param>
    /// <param name="configure">Returns the options to use, made from those that were read. Default none.</param>
    /// <returns>The services, for further calls.</returns>
    /// <remarks>
    /// Otherwise it is as <see cref="AddSmtpTransporter(IServiceCollection, string, Func{IServiceProvider, ServerOptions,
    /// ServerOptions})"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException">The services, the key or the section are null.</exception>
    /// <exception cref="ArgumentException">The key or the section is blank.</exception>
    public static IServiceCollection AddKeyedSmtpTransporter(
        this IServiceCollection services, string key, string section,
        Func<IServiceProvider, ServerOptions, ServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        return services.AddKeyed(key, provider => OptionsSource.FromConfiguration(provider, key, section, configure));
    }

    /// <summary>Adds a further transporter with options from code.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is the transporter's name in <see cref="ISmtpTransporterRegistry"/>.</param>
    /// <param name="options">Returns the options; called once.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The key is blank.</exception>
    public static IServiceCollection AddKeyedSmtpTransporter(
        this IServiceCollection services, string key, Func<IServiceProvider, ServerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddKeyed(key, provider => OptionsSource.FromCode(provider, key, options));
    }

    /// <summary>Adds a handler that acts before, around and after every send.</summary>
    /// <typeparam name="THandler">The type of the handler, of which one instance is created.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="key">
    /// The key of the only transporter that it is for; null (default) for all transporters, also those of
    /// <see cref="ISmtpTransporterRegistry"/>.
    /// </param>
    /// <returns>The services, for further calls.</returns>
    /// <remarks>
    /// Handlers act in the order in which they were added, the first one outermost: first those of
    /// <see cref="ServerOptions.Handlers"/>, then those for all transporters, then those with the transporter's key.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddSmtpHandler<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, string? key = null)
        where THandler : SendHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        return key is null ? services.AddSingleton<SendHandler, THandler>() : services.AddKeyedSingleton<SendHandler, THandler>(key);
    }

    private static IServiceCollection AddDefault(this IServiceCollection services, Func<IServiceProvider, OptionsSource> source)
    {
        services.AddCommon();
        services.TryAddSingleton(provider => new TransporterOwner(new ReloadingTransporter(source(provider), Logger(provider))));
        services.TryAddSingleton<ISmtpTransporter>(provider => provider.GetRequiredService<TransporterOwner>().Transporter);
        services.AddSingleton(new StartCheck.Entry(null, provider => provider.GetRequiredService<ISmtpTransporter>()));
        return services;
    }

    private static IServiceCollection AddKeyed(this IServiceCollection services, string key, Func<IServiceProvider, OptionsSource> source)
    {
        services.AddCommon();
        services.TryAddKeyedSingleton(
            key, (provider, _) => new TransporterOwner(new ReloadingTransporter(source(provider), Logger(provider))));
        services.TryAddKeyedSingleton<ISmtpTransporter>(
            key, (provider, _) => provider.GetRequiredKeyedService<TransporterOwner>(key).Transporter);
        services.AddSingleton(new StartCheck.Entry(key, provider => provider.GetRequiredKeyedService<ISmtpTransporter>(key)));
        return services;
    }

    private static void AddCommon(this IServiceCollection services)
    {
        services.TryAddSingleton<ISmtpTransporterRegistry, SmtpTransporterRegistry>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck>());
    }

    private static ILogger? Logger(IServiceProvider provider) => provider.GetService<ILoggerFactory>()?.CreateLogger("SmtpTransport");
}
