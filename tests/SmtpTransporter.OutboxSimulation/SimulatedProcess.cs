using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;

namespace SmtpTransport.OutboxSimulation;

/// <summary>A process with an outbox, which can be killed: then nothing of it goes on, and its connections are closed.</summary>
internal sealed class SimulatedProcess
{
    private readonly ServiceProvider _services;

    public SimulatedProcess(Simulation simulation, string name, string connectionString, Random random)
    {
        Name = name;
        Time = new SimulatedTime(simulation, this);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<ISmtpTransporter>(new SimulatedServer(simulation, this));
        services.AddSmtpOutbox(options =>
        {
            options.UseSqlite(connectionString);
            options.Connections = new FaultingDbProviderFactory(SqliteFactory.Instance, new SimulatedCalls(simulation, this));
            options.IsFileShared = true;
            options.Random = random;
            options.CreateToken = () => CreateToken(random);
            options.MaxConcurrency = 2;
            options.InitialRetryDelay = TimeSpan.FromSeconds(2);
            options.MaxRetryDelay = TimeSpan.FromSeconds(10);
        });
        _services = services.BuildServiceProvider();
    }

    public string Name { get; }

    public TimeProvider Time { get; }

    public bool IsDead { get; private set; }

    /// <summary>Whether it has been told to stop.</summary>
    public bool IsStopping { get; set; }

    /// <summary>How many callers of the outbox wait for their answer.</summary>
    public int Callers { get; set; }

    /// <summary>Until when it sleeps.</summary>
    public long SleepsUntil { get; set; }

    /// <summary>Until when its calls of the database fail.</summary>
    public long IsolatedUntil { get; set; }

    public HashSet<FaultingDbConnection> Connections { get; } = [];

    public IOutbox Outbox => Get<IOutbox>();

    public IHostedService Worker => Get<IHostedService>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    private static Guid CreateToken(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
#pragma warning disable CA5394 // Reproducible on purpose.
        random.NextBytes(bytes);
#pragma warning restore CA5394
        return new Guid(bytes);
    }

    public void Kill()
    {
        IsDead = true;
        foreach (var connection in Connections)
            connection.Kill();
        Connections.Clear();
    }
}
