using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>
/// The engine: Quartz.NET with its tables in the outbox's database. It knows of each mail only its id and turn, when it is due, and what goes
/// first; what has become of it is in the outbox's own tables. It is told after they were committed, never within their transaction: on SQLite the
/// engine's lock and the file's would wait for each other. A place that is not made, or lost, is made again (<see cref="Sweeper"/>), and one that is out
/// of date does nothing, because its turn is over. Safe for concurrent callers.
/// </summary>
internal sealed class Engine(OutboxOptions options, Database database, ILoggerFactory? loggers) : IAsyncDisposable
{
    private const string Group = "smtp-outbox";

    // The engine's own, for runs that make up for others, is the second.
    private static readonly string[] Groups = [Group, "RECOVERING_JOBS"];

    private static readonly JobKey Job = new("send", Group);

    // Where a trigger says which mail, and which turn of it.
    private const string MailKey = "mail";

    // The engine goes by time first. What is due at once and is to go before others is put down as due long ago.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(3650);

    private readonly SemaphoreSlim _making = new(1);
    private IScheduler? _scheduler;
    private bool _disposed;

    /// <summary>Sends a mail of an id, if it is its turn; whether the run makes up for one that was cut off is said too.</summary>
    public Func<Guid, int, bool, CancellationToken, Task>? Send { get; set; }

    /// <summary>Makes what is missing in the database.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) => await SchedulerAsync(cancellationToken).ConfigureAwait(false);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var scheduler = await SchedulerAsync(cancellationToken).ConfigureAwait(false);
        await scheduler.Start(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the sending: what is under way is waited for.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _making.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _disposed = true;
            if (_scheduler is { } scheduler)
                await scheduler.Shutdown(true, cancellationToken).ConfigureAwait(false);
            _scheduler = null;
        }
        finally
        {
            _making.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _making.Dispose();
    }

    /// <summary>Gives mails their places. What they were given before stays.</summary>
    public async Task PlaceAsync(IReadOnlyCollection<Place> places, CancellationToken cancellationToken)
    {
        var scheduler = await SchedulerAsync(cancellationToken).ConfigureAwait(false);
        if (places.Count == 1)
        {
            await scheduler.ScheduleTrigger(Trigger(places.First()), TriggerConflict.Keep, cancellationToken).ConfigureAwait(false);
            return;
        }
        // All of a chunk are stored at once, and nobody else can store meanwhile.
        foreach (var chunk in places.Chunk(500))
        {
            await scheduler.ScheduleJob(NewJob(), [.. chunk.Select(Trigger)], new ScheduleJobOptions { Replace = true }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a mail's place away.</summary>
    public async Task RemoveAsync(Guid id, int turn, CancellationToken cancellationToken) =>
        await (await SchedulerAsync(cancellationToken).ConfigureAwait(false)).UnscheduleJob(Key(id, turn), cancellationToken).ConfigureAwait(false);

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        var scheduler = await SchedulerAsync(cancellationToken).ConfigureAwait(false);
        foreach (var group in Groups)
            await scheduler.PauseTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(group), cancellationToken).ConfigureAwait(false);
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var scheduler = await SchedulerAsync(cancellationToken).ConfigureAwait(false);
        foreach (var group in Groups)
            await scheduler.ResumeTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(group), cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> IsPausedAsync(CancellationToken cancellationToken) =>
        await (await SchedulerAsync(cancellationToken).ConfigureAwait(false)).IsTriggerGroupPaused(Group, cancellationToken).ConfigureAwait(false);

    private static int AheadBy(OutboxPriority priority) => priority switch { OutboxPriority.High => 2, OutboxPriority.Normal => 1, _ => 0 };

    private static ITrigger Trigger(Place place) => TriggerBuilder.Create()
        .WithIdentity(Key(place.Id, place.Turn))
        .ForJob(Job)
        .UsingJobData(MailKey, Name(place.Id, place.Turn))
        .StartAt(place.IsAhead ? place.DueAt - Ahead * AheadBy(place.Priority) : place.DueAt)
        .WithSimpleSchedule(s => s.WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
        .Build();

    private static IJobDetail NewJob() => JobBuilder.Create<SendJob>().WithIdentity(Job).StoreDurably().RequestRecovery().Build();

    private static TriggerKey Key(Guid id, int turn) => new(Name(id, turn), Group);

    private static string Name(Guid id, int turn) => string.Create(CultureInfo.InvariantCulture, $"{Ids.Text(id)}.{turn}");

    private async Task<IScheduler> SchedulerAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } made)
            return made;
        await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _scheduler ??= await MakeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _making.Release();
        }
    }

    private async Task<IScheduler> MakeAsync(CancellationToken cancellationToken)
    {
        await database.CreateAsync(cancellationToken).ConfigureAwait(false);
        var scheduler = await QuartzSchedulerBuilder.Create(Configure).BuildScheduler(cancellationToken).ConfigureAwait(false);
        await scheduler.AddJob(NewJob(), new AddJobOptions { Replace = true }, cancellationToken).ConfigureAwait(false);
        return scheduler;
    }

    private void Configure(IQuartzBuilder quartz)
    {
        quartz.Services.AddSingleton(this);
        if (loggers is not null)
            quartz.Services.AddSingleton(loggers);
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = Group;
            scheduler.GenerateInstanceId = database.IsClustered;
            // What another process has enqueued is seen no later than this.
            scheduler.IdleWaitTime = TimeSpan.FromSeconds(1);
        });
        quartz.UseDefaultThreadPool(options.MaxConcurrency);
        quartz.UsePersistentStore(store =>
        {
            database.UseIn(store);
            store.ProvisionSchema();
            store.ConfigureStore(s =>
            {
                s.TablePrefix = Database.EnginePrefix;
                s.StoreJobDataAsStrings = true;
                // The database may be gone for a while, and comes back.
                s.DbRetryInterval = TimeSpan.FromSeconds(2);
                s.MaxConsecutiveFireFailures = 0;
            });
            if (database.IsClustered)
            {
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(10);
                });
            }
        });
    }

    /// <summary>What the engine runs at a mail's time. A run that was cut off by the end of its process is run again, here or on another machine.</summary>
    private sealed class SendJob(Engine engine) : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            // By the data, not by the trigger's name: one that makes up for a run has a name of its own, and tells only that of the run before it.
            var name = context.MergedJobDataMap.GetString(MailKey)!;
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (engine.Send is { } send)
                await send(Ids.Parse(name[..dot]), int.Parse(name.AsSpan(dot + 1), CultureInfo.InvariantCulture), context.Recovering, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>A mail's place in the engine.</summary>
/// <param name="Id">The mail.</param>
/// <param name="Turn">A place of an earlier turn does nothing.</param>
/// <param name="Priority">What goes first.</param>
/// <param name="DueAt">When.</param>
/// <param name="IsAhead">Whether it is due already, and so before others by its priority.</param>
internal readonly record struct Place(Guid Id, int Turn, OutboxPriority Priority, DateTimeOffset DueAt, bool IsAhead);

/// <summary>Ids as the database has them.</summary>
internal static class Ids
{
    public static string Text(Guid id) => id.ToString("N");

    public static Guid Parse(string text) => Guid.ParseExact(text, "N");
}
