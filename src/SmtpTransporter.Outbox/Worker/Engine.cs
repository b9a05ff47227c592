using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;

namespace SmtpTransport.Outbox;

/// <summary>
/// The engine: Quartz.NET with its tables in the outbox's database. It knows only the id, the generation, the due time and the priority of
/// an email; the outbox's own tables have its state. It is called after they were committed, never within their transaction: on SQLite the
/// engine's lock and the file's would deadlock. Only the <see cref="Dispatcher"/> schedules runs; the <see cref="Sweeper"/> requeues an
/// email whose run is lost, and a run of an earlier generation does nothing. Thread-safe.
/// </summary>
internal sealed class Engine(OutboxOptions options, Database database, ILoggerFactory? loggers, ILogger logger)
    : IAsyncDisposable, IDisposable
{
    // The key in a trigger's data whose value is the email and its generation.
    private const string EmailKey = "email";

    // Quartz puts runs that recover others into the second one.
    private static readonly string[] TriggerGroups = [QuartzTables.Group, "RECOVERING_JOBS"];

    private static readonly JobKey Job = new("send", QuartzTables.Group);

    // Quartz sorts by time before priority. Each step of priority moves a trigger this far into the past.
    private static readonly TimeSpan PriorityStep = TimeSpan.FromDays(3650);

    private readonly SemaphoreSlim _creating = new(1);
    private IScheduler? _scheduler;
    private Func<Guid, int, bool, CancellationToken, Task>? _execute;
    private bool _disposed;

    /// <summary>Creates what is missing in the database.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) => await GetSchedulerAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Starts to execute due runs.</summary>
    /// <param name="execute">
    /// Executes the run of an email and a generation; the flag means that an earlier run of the same generation was cut off.
    /// </param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public async Task StartAsync(Func<Guid, int, bool, CancellationToken, Task> execute, CancellationToken cancellationToken)
    {
        _execute = execute;
        var scheduler = await GetSchedulerAsync(cancellationToken).ConfigureAwait(false);
        await scheduler.Start(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets no further run start.</summary>
    public async Task StandByAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } scheduler)
            await scheduler.Standby(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops, and waits for runs in progress. The database may be unavailable, and the runs wait for it.</summary>
    /// <param name="giveUp">Ends the wait.</param>
    public async Task StopAsync(CancellationToken giveUp)
    {
        IScheduler? scheduler;
        await _creating.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _disposed = true;
            (scheduler, _scheduler) = (_scheduler, null);
        }
        finally
        {
            _creating.Release();
        }
        if (scheduler is null)
            return;
        try
        {
            await scheduler.Shutdown(true, CancellationToken.None).AsTask().WaitAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            OutboxLog.Abandoned(logger, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The application may not have been stopped before.
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await StopAsync(timeout.Token).ConfigureAwait(false);
        _creating.Dispose();
    }

    /// <summary>Stops without waiting for runs in progress.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (Interlocked.Exchange(ref _scheduler, null) is { } scheduler)
            _ = scheduler.Shutdown(false, CancellationToken.None).AsTask();
    }

    /// <summary>Schedules runs. The same run must not be scheduled twice: if it is in progress, it would be executed once more.</summary>
    public async Task ScheduleAsync(IReadOnlyCollection<ScheduledRun> runs, CancellationToken cancellationToken)
    {
        var scheduler = await GetSchedulerAsync(cancellationToken).ConfigureAwait(false);
        if (runs.Count == 1)
        {
            await scheduler.ScheduleTrigger(CreateTrigger(runs.First()), TriggerConflict.Keep, cancellationToken).ConfigureAwait(false);
            return;
        }
        // One transaction for all of them.
        var replace = new ScheduleJobOptions { Replace = true };
        await scheduler.ScheduleJob(CreateJob(), [.. runs.Select(CreateTrigger)], replace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes runs of former generations. If that fails, they stay, and do nothing.</summary>
    public async Task UnscheduleAsync(IReadOnlyCollection<(Guid Id, int Generation)> runs)
    {
        try
        {
            var scheduler = await GetSchedulerAsync(CancellationToken.None).ConfigureAwait(false);
            await scheduler.UnscheduleJobs([.. runs.Select(r => CreateKey(r.Id, r.Generation))], CancellationToken.None)
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The caller's change is done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OutboxLog.TriggersNotRemoved(logger, exception);
        }
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        var scheduler = await GetSchedulerAsync(cancellationToken).ConfigureAwait(false);
        foreach (var group in TriggerGroups)
            await scheduler.PauseTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(group), cancellationToken).ConfigureAwait(false);
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var scheduler = await GetSchedulerAsync(cancellationToken).ConfigureAwait(false);
        foreach (var group in TriggerGroups)
            await scheduler.ResumeTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(group), cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> IsPausedAsync(CancellationToken cancellationToken) =>
        await (await GetSchedulerAsync(cancellationToken).ConfigureAwait(false))
            .IsTriggerGroupPaused(QuartzTables.Group, cancellationToken).ConfigureAwait(false);

    private static ITrigger CreateTrigger(ScheduledRun run) => TriggerBuilder.Create()
        .WithIdentity(CreateKey(run.Id, run.Generation))
        .ForJob(Job)
        .UsingJobData(EmailKey, QuartzTables.TriggerName(run.Id, run.Generation))
        // None starts in the future: the lowest priority starts when it is due.
        .StartAt(run.DueAt - PriorityStep * (run.Priority - OutboxPriority.Low))
        .WithSimpleSchedule(s => s.WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
        .Build();

    private static IJobDetail CreateJob() => JobBuilder.Create<SendJob>().WithIdentity(Job).StoreDurably().RequestRecovery().Build();

    private static TriggerKey CreateKey(Guid id, int generation) => new(QuartzTables.TriggerName(id, generation), QuartzTables.Group);

    private async Task<IScheduler> GetSchedulerAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is { } existing)
            return existing;
        await _creating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _scheduler ??= await CreateSchedulerAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _creating.Release();
        }
    }

    private async Task<IScheduler> CreateSchedulerAsync(CancellationToken cancellationToken)
    {
        await database.PrepareAsync(null, cancellationToken).ConfigureAwait(false);
        var scheduler = await QuartzSchedulerBuilder.Create(Configure).BuildScheduler(cancellationToken).ConfigureAwait(false);
        await scheduler.AddJob(CreateJob(), new AddJobOptions { Replace = true }, cancellationToken).ConfigureAwait(false);
        return scheduler;
    }

    private void Configure(IQuartzBuilder quartz)
    {
        quartz.Services.AddSingleton(this);
        if (loggers is not null)
            quartz.Services.AddSingleton(loggers);
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = QuartzTables.Group;
            scheduler.GenerateInstanceId = database.IsClustered;
            // Runs that another process has scheduled start no later than this.
            scheduler.IdleWaitTime = TimeSpan.FromSeconds(1);
        });
        quartz.UseDefaultThreadPool(options.MaxConcurrency);
        quartz.UsePersistentStore(store =>
        {
            database.Configure(store);
            store.ProvisionSchema();
            store.ConfigureStore(s =>
            {
                s.TablePrefix = QuartzTables.Prefix;
                s.StoreJobDataAsStrings = true;
                // The database may be unavailable for a while.
                s.DbRetryInterval = TimeSpan.FromSeconds(2);
                s.MaxConsecutiveFireFailures = 0;
                // A process ends even if its database is unavailable.
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

    /// <summary>Executes a due run. Quartz runs it again, here or on another machine, if its process ended.</summary>
    private sealed class SendJob(Engine engine) : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            // From the data, not from the trigger's name: a recovering trigger has a name of its own, and knows only the one before it.
            var (id, generation) = QuartzTables.ParseTriggerName(context.MergedJobDataMap.GetString(EmailKey)!);
            if (engine._execute is { } execute)
                await execute(id, generation, context.Recovering, cancellationToken).ConfigureAwait(false);
        }
    }
}
