using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>
/// The engine: Quartz.NET with its tables in the outbox's database. It knows of each mail only its id and turn, when it is due, and what goes
/// first; what has become of it is in the outbox's own tables. It is told after they were committed, never within their transaction: on SQLite the
/// engine's lock and the file's would wait for each other. A place is made by the <see cref="Dispatcher"/> alone; one that is lost is made again
/// (<see cref="Sweeper"/>), and one that is out of date does nothing, because its turn is over. Safe for concurrent callers.
/// </summary>
internal sealed class Engine(OutboxOptions options, Database database, ILoggerFactory? loggers, ILogger logger) : IAsyncDisposable, IDisposable
{
    private const string Group = "smtp-outbox";

    // The engine's own, for runs that make up for others, is the second.
    private static readonly string[] Groups = [Group, "RECOVERING_JOBS"];

    private static readonly JobKey Job = new("send", Group);

    // Where a trigger says which mail, and which turn of it.
    private const string MailKey = "mail";

    // The engine goes by time first. What is to go before others is put down as due long ago.
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

    /// <summary>No further run begins.</summary>
    public async Task StandByAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } scheduler)
            await scheduler.Standby(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the sending: what is under way is waited for, as long as there is patience. The database may be gone, and what runs wait for it.</summary>
    public async Task StopAsync(CancellationToken patience)
    {
        IScheduler? scheduler;
        await _making.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _disposed = true;
            (scheduler, _scheduler) = (_scheduler, null);
        }
        finally
        {
            _making.Release();
        }
        if (scheduler is null)
            return;
        try
        {
            await scheduler.Shutdown(true, CancellationToken.None).AsTask().WaitAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            OutboxLog.LeftBehind(logger, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // For an application that was not stopped before.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await StopAsync(patience.Token).ConfigureAwait(false);
        _making.Dispose();
    }

    /// <summary>Without waiting for what is under way.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (Interlocked.Exchange(ref _scheduler, null) is { } scheduler)
            _ = scheduler.Shutdown(false, CancellationToken.None).AsTask();
    }

    /// <summary>Gives mails their places. The same one is never given twice: a run that is under way would be run once more.</summary>
    public async Task PlaceAsync(IReadOnlyCollection<Place> places, CancellationToken cancellationToken)
    {
        var scheduler = await SchedulerAsync(cancellationToken).ConfigureAwait(false);
        if (places.Count == 1)
        {
            await scheduler.ScheduleTrigger(Trigger(places.First()), TriggerConflict.Keep, cancellationToken).ConfigureAwait(false);
            return;
        }
        // All are stored at once, and nobody else can store meanwhile.
        await scheduler.ScheduleJob(NewJob(), [.. places.Select(Trigger)], new ScheduleJobOptions { Replace = true }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes places away that do nothing any more. Where that fails, they stay, and do nothing.</summary>
    public async Task RemoveAsync(IReadOnlyCollection<(Guid Id, int Turn)> places)
    {
        try
        {
            var scheduler = await SchedulerAsync(CancellationToken.None).ConfigureAwait(false);
            await scheduler.UnscheduleJobs([.. places.Select(p => Key(p.Id, p.Turn))], CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What the caller was about is done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.NotRemoved(logger, exception);
        }
    }

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
        .StartAt(place.DueAt - Ahead * AheadBy(place.Priority))
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
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
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
                // A process whose host has given up on a database that is gone ends.
                s.UseBackgroundThreads = true;
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
