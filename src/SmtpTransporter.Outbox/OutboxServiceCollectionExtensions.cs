using System.Diagnostics.CodeAnalysis;
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
    /// <summary>Adds <see cref="IOutbox"/> in a SQLite file, and a worker that sends from it while the application runs.</summary>
    /// <remarks>The worker sends through the transporters that the application registers with <c>AddSmtpTransporter</c>.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">For example <c>Data Source=outbox.db</c>.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The connection string is empty or not valid, or names no file or a database in memory.
    /// </exception>
    /// <exception cref="InvalidOperationException">An outbox is already registered.</exception>
    public static IServiceCollection AddSmtpOutbox(this IServiceCollection services, string connectionString) =>
        services.AddSmtpOutbox(options => options.UseSqlite(connectionString));

    /// <summary>Adds <see cref="IOutbox"/>, and a worker that sends from it while the application runs.</summary>
    /// <remarks>The worker sends through the transporters that the application registers with <c>AddSmtpTransporter</c>.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">
    /// Sets the options and the database: <see cref="OutboxOptions.UseSqlite"/>, <see cref="OutboxOptions.UsePostgres"/> or
    /// <see cref="OutboxOptions.UseMariaDb"/>.
    /// </param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> or <paramref name="configure"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    /// <exception cref="InvalidOperationException">An outbox is already registered.</exception>
    public static IServiceCollection AddSmtpOutbox(this IServiceCollection services, Action<OutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(s => s.ServiceType == typeof(IOutbox)))
            throw new InvalidOperationException("An outbox is already registered. Call AddSmtpOutbox once.");
        var options = new OutboxOptions();
        configure(options);
        options.ThrowIfInvalid();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<OutboxMeter>();
        AddStorage(services, options);
        AddWorker(services, options);
        services.AddSingleton<EmailRowFactory>();
        services.AddSingleton<IOutbox, Outbox>();
        return services;
    }

    private static void AddStorage(IServiceCollection services, OutboxOptions options)
    {
        services.AddSingleton(provider => options.CreateDatabase(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => PayloadProtector.Create(provider.GetService<IDataProtectionProvider>(), options));
        services.AddSingleton(provider => Database(provider).CreateQueue(provider.GetRequiredService<PayloadProtector>()));
        services.AddSingleton(provider => Database(provider).CreateInserter(provider.GetRequiredService<PayloadProtector>()));
        services.AddSingleton<PartTable>();
        services.AddSingleton<SearchKeyTable>();
        services.AddSingleton<TermTable>();
        services.AddSingleton<EmailSearch>();
        services.AddSingleton<EmailTable>();
        services.AddSingleton<WorkerTable>();
        services.AddSingleton<SettingTable>();
        services.AddSingleton<OutboxStatistics>();
        services.AddSingleton<EmailStore>();
    }

    private static void AddWorker(IServiceCollection services, OutboxOptions options)
    {
        services.AddSingleton(options.Limits);
        services.AddSingleton<OutboxSignals>();
        services.AddSingleton<TransporterResolver>();
        services.AddSingleton<WorkerLifetime>();
        services.AddSingleton<WorkerRegistration>();
        services.AddSingleton<OutboxRateLimiter>();
        services.AddSingleton<EmailActions>();
        AddWithLogger<BulkActions>();
        AddWithLogger<Eraser>();
        AddWithLogger<DatabaseHealth>();
        AddWithLogger<SendLanes>();
        AddWithLogger<Claimer>();
        AddWithLogger<WorkerLoops>();
        AddWithLogger<GroupWriter>();
        AddWithLogger<UnknownResolver>();
        AddWithLogger<OutcomeRecorder>();
        AddWithLogger<SendRun>();
        AddWithLogger<Heartbeat>();
        AddWithLogger<Sweeper>();
        AddWithLogger<PlaceWatch>();
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<OutboxWorker>(provider, Logger(provider)));

        void AddWithLogger<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
            where T : class => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<T>(provider, Logger(provider)));
    }

    private static Database Database(IServiceProvider provider) => provider.GetRequiredService<Database>();

    private static ILogger Logger(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger("SmtpTransport.Outbox") ?? NullLogger.Instance;
}
