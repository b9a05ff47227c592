using Microsoft.Extensions.DependencyInjection.Extensions;
using SmtpTransport.Templates;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds email templates to an application.</summary>
/// <remarks>Several calls set the same options, in their order.</remarks>
public static class EmailTemplatesServiceCollectionExtensions
{
    /// <summary>Adds <see cref="EmailTemplates"/> as a singleton, with the default options.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddEmailTemplates(this IServiceCollection services) => services.AddEmailTemplates((_, _) => { });

    /// <summary>Adds <see cref="EmailTemplates"/> as a singleton.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddEmailTemplates(this IServiceCollection services, Action<EmailTemplateOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddEmailTemplates((options, _) => configure(options));
    }

    /// <summary>Adds <see cref="EmailTemplates"/> as a singleton, with options that need other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddEmailTemplates(
        this IServiceCollection services, Action<EmailTemplateOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton(new EmailTemplateSetup(configure));
        services.TryAddSingleton(provider =>
        {
            var options = new EmailTemplateOptions();
            foreach (var setup in provider.GetServices<EmailTemplateSetup>())
                setup.Configure(options, provider);
            return new EmailTemplates(options, provider);
        });
        return services;
    }
}
