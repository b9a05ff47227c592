using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmtpTransport.Outbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an outbox to an application.</summary>
public static class OutboxServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IOutbox"/> in a file of SQLite, and sends from it while the application runs, through the application's transporters.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">Such as <c>Data Source=outbox.db</c>.</param>
    /// <returns>The services, for further calls.</returns>
    public static IServiceCollection AddSmtpOutbox(this IServiceCollection services, string connectionString) =>
        services.AddSmtpOutbox(options => options.UseSqlite(connectionString));

    /// <summary>Adds <see cref="IOutbox"/>, and sends from it while the application runs, through the application's transporters.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Says where the mails are kept, and how they are sent.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentException">An option is wrong; the message names it.</exception>
    /// <exception cref="InvalidOperationException">There is an outbox already.</exception>
    public static IServiceCollection AddSmtpOutbox(this IServiceCollection services, Action<OutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(s => s.ServiceType == typeof(IOutbox)))
            throw new InvalidOperationException("There is an outbox already.");
        var options = new OutboxOptions();
        configure(options);
        options.ThrowIfWrong();
        var database = options.Database!;
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(database);
        services.AddSingleton<OutboxMeter>();
        services.AddSingleton<TransporterResolver>();
        services.AddSingleton<OutboxStatistics>();
        services.AddSingleton<OutboxRateLimiter>();
        services.AddSingleton(provider => PayloadProtector.Of(provider.GetService<IDataProtectionProvider>(), options));
        services.AddSingleton<PartTable>();
        services.AddSingleton<EmailTable>();
        services.AddSingleton<QueueTable>();
        services.AddSingleton(provider => new Engine(options, database, provider.GetService<ILoggerFactory>(), Logger(provider)));
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<EmailActions>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<UnknownResolver>(provider, Logger(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Delivery>(provider, Logger(provider)));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Sweeper>(provider, Logger(provider)));
        services.AddSingleton<IOutbox, Outbox>();
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<OutboxWorker>(provider, Logger(provider)));
        return services;
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetService<ILoggerFactory>()?.CreateLogger("SmtpTransport.Outbox") ?? NullLogger.Instance;
}
