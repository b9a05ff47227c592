using System.Data.Common;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>Counts the calls of a database (without those that close a connection), and lets one of them fail. Thread-safe.</summary>
/// <param name="kind">What happens.</param>
/// <param name="at">At which call, from 1.</param>
/// <param name="errors">The exceptions of the provider.</param>
/// <param name="time">The time in which a provider waits for an answer.</param>
internal sealed class FaultPlan(FaultKind kind, int at, IDatabaseErrors errors, TimeProvider time) : IDatabaseCalls
{
    // How many further calls find that the tables are gone.
    private const int GoneFor = 6;

    private int _calls;

    /// <summary>How many calls there were.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The call that failed; null if none has.</summary>
    public DatabaseCall? Failed { get; private set; }

    /// <summary>Whether the database is away for good.</summary>
    public bool IsAway => Failed is not null && kind == FaultKind.Away;

    /// <summary>Called when the database is away for good.</summary>
    public Action? OnAway { get; set; }

    /// <summary>What is wrong with the calls themselves.</summary>
    public string? Violation { get; private set; }

    public async Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
    {
        // The end of a connection never fails: a provider forgets it.
        if (call.Kind == DatabaseCallKind.Close)
            return await run();
        var number = Interlocked.Increment(ref _calls);
        if (call.Limit is null)
            Violation ??= $"Nothing limits the wait for: {call}";
        if (call.Connection.IsDead)
            throw errors.Lost();
        var isLater = number > at && Failed is not null;
        if (kind == FaultKind.Away && isLater)
            throw errors.Lost();
        if (kind == FaultKind.TablesGone && isLater && number <= at + GoneFor && call.Kind == DatabaseCallKind.Statement)
            throw errors.TableGone();
        if (number != at || kind == FaultKind.None)
            return await run();
        Failed = call;
        switch (kind)
        {
            case FaultKind.Refused:
                throw errors.Refused();
            case FaultKind.TablesGone:
                // Only a statement names a table.
                return call.Kind == DatabaseCallKind.Statement ? throw errors.TableGone() : await run();
            case FaultKind.Silent or FaultKind.RanThenSilent:
                if (kind == FaultKind.RanThenSilent)
                    await EndAsync(run);
                await Task.Delay(call.Limit ?? TimeSpan.Zero, time, cancellationToken);
                call.Connection.IsDead = true;
                throw errors.TimedOut();
            case FaultKind.RanThenFailed:
                await EndAsync(run);
                call.Connection.IsDead = true;
                throw errors.Lost();
            default:
                if (kind == FaultKind.Away)
                    OnAway?.Invoke();
                call.Connection.IsDead = true;
                throw errors.Lost();
        }
    }

    /// <summary>Lets a call run to its end.</summary>
    private static async Task EndAsync<T>(Func<Task<T>> run)
    {
        if (await run() is DbDataReader reader)
            await reader.DisposeAsync();
    }
}
