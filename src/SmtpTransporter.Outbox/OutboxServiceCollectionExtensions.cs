using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
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
        var options = Create(configure);
        return services.AddDefault(_ => options);
    }

    /// <summary>Adds <see cref="IOutbox"/>, which is configured by a section of the configuration.</summary>
    /// <remarks>
    /// The settings are the options by their names, <c>ConnectionString</c> (the name of a connection string, or one itself; by default the
    /// one with the name of the section), <c>Provider</c> (<c>Sqlite</c>, <c>Postgres</c> or <c>MariaDb</c>; by default what the connection
    /// string shows), and <c>Limits</c>, a list of rates and numbers of emails at once. They are checked when the host starts: invalid
    /// settings stop it with an <see cref="InvalidOperationException"/> that names all of them. Later changes have no effect.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets what a configuration cannot hold, after the settings are read. Default: nothing.</param>
    /// <param name="section">The name of the section. Default: <c>Outbox</c>.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> or <paramref name="section"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="section"/> is blank.</exception>
    /// <exception cref="InvalidOperationException">An outbox is already registered.</exception>
    public static IServiceCollection AddSmtpOutbox(
        this IServiceCollection services, Action<IServiceProvider, OutboxOptions>? configure = null, string section = "Outbox")
    {
        ArgumentNullException.ThrowIfNull(services);
        ThrowIfNoSection(section);
        return services.AddDefault(provider => Read(provider, new OutboxName(null), section, configure));
    }

    /// <summary>Adds a further outbox, for <c>[FromKeyedServices("tenant-a")] IOutbox</c>, with options from code.</summary>
    /// <remarks>
    /// Its worker, its signals, its rates and its tables are its own. All outboxes of an application send through its transporters.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="configure">Sets the options and the database.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The key is blank, or an option is not valid; the message names it.</exception>
    /// <exception cref="InvalidOperationException">An outbox is already registered with this key.</exception>
    public static IServiceCollection AddKeyedSmtpOutbox(this IServiceCollection services, string key, Action<OutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentNullException.ThrowIfNull(configure);
        var options = Create(configure);
        return services.AddKeyed(key, _ => options);
    }

    /// <summary>Adds a further outbox that is configured by a section of its own.</summary>
    /// <remarks>
    /// The settings are as with <see cref="AddSmtpOutbox(IServiceCollection, Action{IServiceProvider, OutboxOptions}?, string)"/>.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="section">The name of the section.</param>
    /// <param name="configure">Sets what a configuration cannot hold, after the settings are read. Default: nothing.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="services"/>, <paramref name="key"/> or <paramref name="section"/> is null.
    /// </exception>
    /// <exception cref="ArgumentException">The key or the section is blank, or the section is a connection string.</exception>
    /// <exception cref="InvalidOperationException">An outbox is already registered with this key.</exception>
    public static IServiceCollection AddKeyedSmtpOutbox(
        this IServiceCollection services, string key, string section, Action<IServiceProvider, OutboxOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ThrowIfNoSection(section);
        return services.AddKeyed(key, provider => Read(provider, new OutboxName(key), section, configure));
    }

    private static IServiceCollection AddDefault(this IServiceCollection services, Func<IServiceProvider, OutboxOptions> create)
    {
        if (services.Any(s => s.ServiceType == typeof(IOutbox) && !s.IsKeyedService))
        {
            throw new InvalidOperationException(
                "An outbox is already registered. Call AddSmtpOutbox once, and AddKeyedSmtpOutbox for each further one.");
        }
        var name = new OutboxName(null);
        OutboxParts.Add(services, name, provider => Enter(provider, name, create(provider)), null);
        // Not instead of one of the application, beside which it is found by this key.
        services.TryAddSingleton<ISuppressionList>(provider => provider.GetRequiredService<SuppressionList>());
        services.AddKeyedSingleton<ISuppressionList>(typeof(IOutbox), (provider, _) => provider.GetRequiredService<SuppressionList>());
        return services.AddHosted(
            name, provider => provider.GetRequiredService<OutboxOptions>(), provider => provider.GetRequiredService<OutboxWorker>());
    }

    private static IServiceCollection AddKeyed(
        this IServiceCollection services, string key, Func<IServiceProvider, OutboxOptions> create)
    {
        if (services.Any(s => s.ServiceType == typeof(IOutbox) && s.IsKeyedService && key.Equals(s.ServiceKey)))
            throw new InvalidOperationException($"An outbox \"{key}\" is already registered. Call AddKeyedSmtpOutbox once for each key.");
        var name = new OutboxName(key);
        services.AddKeyedSingleton(key, (provider, _) => Enter(provider, name, create(provider)));
        services.AddKeyedSingleton(
            key, (provider, _) => new KeyedOutbox(provider, key, provider.GetRequiredKeyedService<OutboxOptions>(key)));
        services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<KeyedOutbox>(key).Outbox);
        services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<KeyedOutbox>(key).Monitor);
        services.AddKeyedSingleton(key, (provider, _) => provider.GetRequiredKeyedService<KeyedOutbox>(key).Suppressions);
        return services.AddHosted(
            name, provider => provider.GetRequiredKeyedService<OutboxOptions>(key),
            provider => provider.GetRequiredKeyedService<KeyedOutbox>(key).Worker);
    }

    private static IServiceCollection AddHosted(
        this IServiceCollection services, OutboxName name, Func<IServiceProvider, OutboxOptions> options,
        Func<IServiceProvider, IHostedService> worker)
    {
        services.TryAddSingleton<OutboxPlaces>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, OutboxStartCheck>());
        services.AddSingleton<IHostedService>(provider => new OutboxService(() => worker(provider)));
        return services.AddSingleton(new OutboxStartCheck.Entry(name, options));
    }

    private static OutboxOptions Enter(IServiceProvider provider, OutboxName name, OutboxOptions options)
    {
        provider.GetRequiredService<OutboxPlaces>().Enter(options.Place, name);
        return options;
    }

    private static OutboxOptions Create(Action<OutboxOptions> configure)
    {
        var options = new OutboxOptions();
        configure(options);
        options.ThrowIfInvalid();
        return options;
    }

    private static OutboxOptions Read(
        IServiceProvider provider, OutboxName name, string section, Action<IServiceProvider, OutboxOptions>? configure)
    {
        var configuration = provider.GetService<IConfiguration>() ?? throw new InvalidOperationException(
            $"{name} reads the section \"{section}\" of the configuration, and the services have no IConfiguration. Build them with a "
            + "host (Host.CreateApplicationBuilder), add one (services.AddSingleton<IConfiguration>(…)), or give the options in code.");
        return OutboxSettings.Read(configuration, section, configure is null ? null : options => configure(provider, options));
    }

    private static void ThrowIfNoSection(string section)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(section);
        if (section.Contains('=', StringComparison.Ordinal) || section.Contains("://", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                "The section is a connection string; allowed: the name of a section of the configuration. Give a connection string in "
                + "code: options => options.UseSqlite(…).",
                nameof(section));
        }
    }
}
