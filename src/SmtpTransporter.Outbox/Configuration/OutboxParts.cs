using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SmtpTransport.Outbox;

/// <summary>The parts of one outbox as services.</summary>
internal static class OutboxParts
{
    /// <summary>Adds all parts of an outbox.</summary>
    /// <param name="services">Where they are added.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">Creates its options; they are valid.</param>
    /// <param name="application">The services of the application; null if the parts are added to them.</param>
    public static void Add(
        IServiceCollection services, OutboxName name, Func<IServiceProvider, OutboxOptions> options, IServiceProvider? application)
    {
        services.AddSingleton(name);
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<OutboxMeter>();
        AddStorage(services);
        services.AddSingleton(provider => new TransporterResolver(application ?? provider));
        AddWorker(services);
        services.AddSingleton<EnqueueCheck>();
        services.AddSingleton<EmailRowFactory>();
        services.AddSingleton<IOutbox, Outbox>();
        services.AddSingleton<IOutboxMonitor, OutboxMonitor>();
        services.AddSingleton<HealthReading>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SuppressionList>(provider, Logger(provider)));
    }

    private static void AddStorage(IServiceCollection services)
    {
        services.AddSingleton(provider => Options(provider).CreateDatabase(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => PayloadProtector.Create(provider.GetService<IDataProtectionProvider>(), Options(provider)));
        services.AddSingleton(provider => Database(provider).CreateQueue(provider.GetRequiredService<PayloadProtector>()));
        services.AddSingleton(provider => Database(provider).CreateInserter(provider.GetRequiredService<PayloadProtector>()));
        services.AddSingleton<PartTable>();
        services.AddSingleton<SearchKeyTable>();
        services.AddSingleton<TermTable>();
        services.AddSingleton<EmailSearch>();
        services.AddSingleton<EmailTable>();
        services.AddSingleton<DecisionTable>();
        services.AddSingleton<FeedbackTable>();
        services.AddSingleton<WorkerTable>();
        services.AddSingleton<PauseTable>();
        services.AddSingleton<SuppressionTable>();
        services.AddSingleton<SettingTable>();
        services.AddSingleton<Recall>();
        services.AddSingleton<MessageRemover>();
        services.AddSingleton<Reencryptor>();
        services.AddSingleton<SentCounter>();
        services.AddSingleton<OutboxStatistics>();
        services.AddSingleton<LaneStatistics>();
        services.AddSingleton<ThroughputStatistics>();
        services.AddSingleton<Lateness>();
        services.AddSingleton<SchemaWatch>();
        services.AddSingleton<EmailStore>();
    }

    private static void AddWorker(IServiceCollection services)
    {
        services.AddSingleton(provider => Options(provider).Limits);
        services.AddSingleton<OutboxSignals>();
        services.AddSingleton<WorkerLifetime>();
        services.AddSingleton<SendGate>();
        services.AddSingleton<WorkerRegistration>();
        services.AddSingleton<GateKeeper>();
        services.AddSingleton<OutboxRateLimiter>();
        services.AddSingleton<EmailActions>();
        services.AddSingleton<DecisionRounds>();
        AddWithLogger<SuppressionCheck>();
        AddWithLogger<BulkActions>();
        AddWithLogger<Pauses>();
        AddWithLogger<Eraser>();
        AddWithLogger<KeyRotation>();
        AddWithLogger<FeedbackSuppressor>();
        AddWithLogger<FeedbackRecorder>();
        AddWithLogger<DatabaseHealth>();
        AddWithLogger<SendLanes>();
        AddWithLogger<Claimer>();
        AddWithLogger<WorkerLoops>();
        AddWithLogger<GroupWriter>();
        AddWithLogger<UnknownResolver>();
        AddWithLogger<Expiry>();
        AddWithLogger<OutcomeRecorder>();
        AddWithLogger<SendRun>();
        AddWithLogger<Heartbeat>();
        AddWithLogger<Sweeper>();
        AddWithLogger<PlaceWatch>();
        AddWithLogger<OutboxWorker>();

        void AddWithLogger<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
            where T : class => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<T>(provider, Logger(provider)));
    }

    private static OutboxOptions Options(IServiceProvider provider) => provider.GetRequiredService<OutboxOptions>();

    private static Database Database(IServiceProvider provider) => provider.GetRequiredService<Database>();

    /// <summary>The log of an outbox.</summary>
    public static ILogger Logger(IServiceProvider provider)
    {
        var key = provider.GetRequiredService<OutboxName>().Key;
        return provider.GetService<ILoggerFactory>()?.CreateLogger(key is null ? "SmtpTransport.Outbox" : $"SmtpTransport.Outbox.{key}")
            ?? NullLogger.Instance;
    }
}
