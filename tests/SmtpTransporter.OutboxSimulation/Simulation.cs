using System.Globalization;
using SmtpTransport.Outbox;
using SmtpTransport.OutboxTests.Faults;

namespace SmtpTransport.OutboxSimulation;

/// <summary>
/// Three processes on one outbox, in a time of their own, on one thread: the seed decides which of them goes on, what fails and what the
/// server answers. In the first phase only what must never happen is checked; in the second one nothing fails, and everything must end.
/// </summary>
internal sealed partial class Simulation(int seed, SimulationStore store, bool isTraced)
{
    private const int Processes = 3;
    private const int ChaosSteps = 220;
    private const int MaxSteps = 20_000;

#pragma warning disable CA5394 // Reproducible on purpose.
    private readonly Random _random = new(seed);
    private readonly List<PendingStep> _pending = [];
    private readonly List<SimulatedTimer> _timers = [];
    private readonly List<(SimulatedProcess Process, FaultingDbConnection Connection, TaskCompletionSource Go)> _writers = [];
    private readonly List<SimulatedEmail> _emails = [];
    private readonly SimulatedProcess[] _processes = new SimulatedProcess[Processes];
    private FaultingDbConnection? _writer;
    private TimeSpan _clockOffset;
    private long _downUntil;
    private long _number;
    private int _started;
    private bool _isChaos = true;

    /// <summary>The time that passes, in ticks.</summary>
    public long Now { get; private set; } = TimeSpan.FromHours(1).Ticks;

    /// <summary>The clock of the database, which may jump.</summary>
    public DateTimeOffset Clock => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(Now) + _clockOffset;

    public List<string> Violations { get; } = [];

    public List<string> Trace { get; } = [];

    public int Steps { get; private set; }

    /// <summary>A number that the steps determine.</summary>
    public long Digest { get; private set; } = 17;

    public long NextNumber() => ++_number;

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public async Task RunAsync()
    {
        store.Empty();
        for (var i = 0; i < Processes; i++)
            Start(i);
        while (Steps < ChaosSteps && Violations.Count == 0)
        {
            Disturb();
            await GoOnAsync();
        }
        await CalmAsync();
        foreach (var process in _processes)
            process.Kill();
    }

    /// <summary>Waits until the simulation lets a process go on; forever if the process is killed.</summary>
    public Task StepAsync(SimulatedProcess process, string text)
    {
        var step = new PendingStep(process, text, new TaskCompletionSource());
        if (!process.IsDead)
            _pending.Add(step);
        return step.Go.Task;
    }

    public void Schedule(SimulatedTimer timer)
    {
        _timers.Remove(timer);
        if (timer.DueAt is not null && !timer.Process.IsDead)
            _timers.Add(timer);
    }

    /// <summary>Waits until no other connection writes.</summary>
    public Task LockAsync(SimulatedProcess process, FaultingDbConnection connection)
    {
        var go = new TaskCompletionSource();
        if (_writer is null)
        {
            _writer = connection;
            go.SetResult();
        }
        else
        {
            _writers.Add((process, connection, go));
        }
        return go.Task;
    }

    public void Unlock(FaultingDbConnection connection)
    {
        _writers.RemoveAll(w => w.Connection == connection);
        if (_writer == connection)
            PassOn();
    }

    private void PassOn()
    {
        _writer = null;
        if (_writers.Count == 0)
            return;
        var (process, next, go) = _writers[0];
        _writers.RemoveAt(0);
        _writer = next;
        _pending.Add(new PendingStep(process, "its turn to write", go));
    }

    public SimulatedEmail FindEmail(string address) => _emails.Single(m => m.Address == address);

    public List<OutboxState> ReadStates(SimulatedEmail mail) => store.ReadStates(mail.Address);

    public void Accept(SimulatedEmail mail)
    {
        if (++mail.Accepted > 1 + mail.Resends)
            Violate($"{mail.Name} was accepted {mail.Accepted} times");
    }

    public void Violate(string text)
    {
        Violations.Add(text);
        Note($"VIOLATION: {text}");
    }

    public SimulatedReply DrawReply() => !_isChaos ? SimulatedReply.Accepted : _random.Next(40) switch
    {
        < 2 => SimulatedReply.Refused,
        < 6 => SimulatedReply.Deferred,
        6 => SimulatedReply.Lost,
        7 => SimulatedReply.AcceptedAndLost,
        8 => SimulatedReply.Hangs,
        9 => SimulatedReply.Throws,
        _ => SimulatedReply.Accepted,
    };

    public SimulatedFault DrawFault(SimulatedProcess process, DatabaseCall call)
    {
        if (!_isChaos)
            return SimulatedFault.None;
        var isDown = Now < _downUntil || Now < process.IsolatedUntil;
        if (!isDown && !Chance(0.01))
            return SimulatedFault.None;
        var fault = isDown ? SimulatedFault.Lost : (SimulatedFault)_random.Next(1, 7);
        // Only a statement names a table.
        if (fault == SimulatedFault.TableGone && call.Kind != DatabaseCallKind.Statement)
            fault = SimulatedFault.Refused;
        Note($"{process.Name}: {fault} at {call.Kind} {(call.Sql.Length > 60 ? call.Sql[..60].ReplaceLineEndings(" ") : call.Sql)}");
        return fault;
    }

    private void Start(int index)
    {
        var process = new SimulatedProcess(this, $"p{++_started}", store.ConnectionString, new Random(_random.Next()));
        _processes[index] = process;
        Note($"{process.Name} starts");
        Observe(process, "start", () => process.Worker.StartAsync(CancellationToken.None), () => Kill(process));
    }

    private void Kill(SimulatedProcess process)
    {
        if (process.IsDead)
            return;
        Note($"{process.Name} ends");
        foreach (var mail in _emails)
            mail.Doubt ??= ReadStates(mail).Exists(s => s is OutboxState.Sending or OutboxState.Unknown) ? $"{process.Name} ended" : null;
        foreach (var mail in _emails)
            mail.Losses++;
        var isWriting = _writer is { } writer && process.Connections.Contains(writer);
        process.Kill();
        _pending.RemoveAll(p => p.Process == process);
        _timers.RemoveAll(t => t.Process == process);
        _writers.RemoveAll(w => w.Process == process);
        if (isWriting)
            PassOn();
    }

    /// <summary>Lets something happen from outside, or nothing.</summary>
    private void Disturb()
    {
        var index = _random.Next(Processes);
        var process = _processes[index];
        switch (_random.Next(100))
        {
            case < 8 when _emails.Count < 10 && !process.IsDead:
                Enqueue(process);
                break;
            case 10 or 11:
                if (process.IsDead)
                    Start(index);
                else if (Chance(0.4))
                    Kill(process);
                break;
            case 12 when !process.IsDead:
                process.SleepsUntil = Now + TimeSpan.FromSeconds(_random.Next(1, 40)).Ticks;
                Note($"{process.Name} sleeps");
                break;
            case 13:
                _clockOffset += TimeSpan.FromSeconds(_random.Next(-20, 20));
                Note($"the clock jumps to {_clockOffset}");
                break;
            case 14 when Chance(0.3):
                _downUntil = Now + TimeSpan.FromSeconds(_random.Next(1, 30)).Ticks;
                Note("the database is away");
                break;
            case 15 when Chance(0.5):
                process.IsolatedUntil = Now + TimeSpan.FromSeconds(_random.Next(1, 40)).Ticks;
                Note($"{process.Name} loses the database");
                break;
            case 16 or 17 when _emails.Count > 0 && !process.IsDead:
                Decide(process, _emails[_random.Next(_emails.Count)]);
                break;
            case 18 when !process.IsDead && Chance(0.3):
                Pause(process);
                break;
            case 19 or 20 when !process.IsDead:
                Resume(process);
                break;
            case 21 when !process.IsDead && !process.IsStopping && Chance(0.5):
                Stop(process, TimeSpan.FromSeconds(_random.Next(1, 30)));
                break;
            default:
                break;
        }
    }

    private void Enqueue(SimulatedProcess process)
    {
        // Sometimes an email is enqueued again by its key.
        var again = Chance(0.2) ? _emails.Find(m => m.Key is not null) : null;
        var number = _emails.Count;
        var mail = again ?? new SimulatedEmail($"e{number}", Chance(0.5) ? $"key{number}" : null);
        if (again is null)
            _emails.Add(mail);
        var email = new Email { From = "shop@example.com", To = mail.Address, Subject = "s", TextBody = mail.Name };
        var before = mail.IsStored;
        mail.IsStored = before == true ? true : null;
        Observe(process, $"enqueue {mail.Name}", async () =>
        {
            try
            {
                var id = await process.Outbox.EnqueueAsync(
                    email, mail.Key, lane: number % 4 == 3 ? "slow" : null, isOrdered: number % 4 == 3,
                    priority: number % 5 == 4 ? OutboxPriority.High : OutboxPriority.Normal);
                if (mail.Id is { } known && known != id)
                    Violate($"{mail.Name} has two ids");
                (mail.Id, mail.IsStored) = (id, true);
            }
            catch (OutboxCommitException)
            {
                // Nobody knows.
            }
            catch (Exception exception) when (again is null && exception is System.Data.Common.DbException)
            {
                mail.IsStored ??= false;
                throw;
            }
        });
    }

    private void Decide(SimulatedProcess process, SimulatedEmail mail)
    {
        if (mail.Id is not { } id)
            return;
        if (Chance(0.6))
        {
            Cancel(process, mail, id);
            return;
        }
        if (!ReadStates(mail).Contains(OutboxState.Unknown))
            return;
        mail.Resends++;
        mail.IsCanceled = mail.IsHeld = false;
        Observe(process, $"resend {mail.Name}", () => process.Outbox.ResendAsync(id));
    }

    private void Stop(SimulatedProcess process, TimeSpan limit)
    {
        process.IsStopping = true;
        Observe(
            process, "stop",
            async () =>
            {
                using var host = new CancellationTokenSource(limit, process.Time);
                await process.Worker.StopAsync(host.Token);
                Kill(process);
            });
    }

    /// <summary>Runs what a caller does; it may fail because the database does.</summary>
    private async void Observe(
        SimulatedProcess process, string text, Func<Task> run, Action? onFailure = null, bool? mayFail = null)
    {
        mayFail ??= _isChaos;
        try
        {
            process.Callers++;
            Note($"{process.Name}: {text}");
            await run();
            Note($"{process.Name}: {text}: done");
        }
        catch (Exception exception)
            when (mayFail.Value && exception is System.Data.Common.DbException or OutboxCommitException or TimeoutException)
        {
            Note($"{process.Name}: {text}: {exception.Message}");
            onFailure?.Invoke();
        }
#pragma warning disable CA1031 // What must not happen.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Violate($"{text}: {exception}");
        }
        finally
        {
            process.Callers--;
        }
    }

    /// <summary>Lets one process go on, or lets time pass until the next timer.</summary>
    private async Task GoOnAsync()
    {
        await SettleAsync();
        Steps++;
        var ready = _pending.FindAll(p => p.Process.SleepsUntil <= Now);
        if (ready.Count > 0 && (_timers.Count == 0 || !_isChaos || Chance(0.9)))
        {
            var step = ready[_random.Next(ready.Count)];
            _pending.Remove(step);
            Note($"{step.Process.Name}: {step.Text}");
            Digest = (Digest * 31) + step.Process.Name[^1] + step.Text.Length;
            step.Go.SetResult();
        }
        else if (_timers.MinBy(t => (GetTime(t), t.Number)) is { } timer)
        {
            Now = Math.Max(Now, GetTime(timer));
            Digest = (Digest * 31) + Now;
            timer.Fire();
        }
        await SettleAsync();

        // Nothing fires while its process sleeps.
        static long GetTime(SimulatedTimer timer) => Math.Max(timer.DueAt!.Value, timer.Process.SleepsUntil);
    }

    /// <summary>Waits until nothing is left to run: this continuation is queued behind everything else.</summary>
    private static async Task SettleAsync()
    {
        do
            await Task.Yield();
        while (ThreadPool.PendingWorkItemCount > 0);
    }

    private async Task UntilAsync(string text, Func<bool> isReached)
    {
        for (var steps = 0; Violations.Count == 0 && (steps % 10 != 0 || !isReached()); steps++)
        {
            if (steps == MaxSteps)
                Violate($"it does not come to an end: {text}");
            await GoOnAsync();
        }
    }

    private void Note(string text)
    {
        if (isTraced)
            Trace.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(Now).TotalSeconds:F3} {text}"));
    }
#pragma warning restore CA5394
}
