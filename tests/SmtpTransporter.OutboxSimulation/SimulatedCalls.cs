using System.Data.Common;
using Microsoft.Data.Sqlite;
using SmtpTransport.OutboxTests.Faults;

namespace SmtpTransport.OutboxSimulation;

/// <summary>The calls of the database by one process: each waits for its turn, and may fail.</summary>
internal sealed class SimulatedCalls(Simulation simulation, SimulatedProcess process) : IDatabaseCalls
{
    public async Task<T> RunAsync<T>(DatabaseCall call, Func<Task<T>> run, CancellationToken cancellationToken)
    {
        if (call.Kind == DatabaseCallKind.Close)
        {
            process.Connections.Remove(call.Connection);
            simulation.Unlock(call.Connection);
            return await run();
        }
        // Within a transaction nobody else changes anything: to wait there would show nothing new.
        var isStep = call.Kind is DatabaseCallKind.Begin or DatabaseCallKind.Commit or DatabaseCallKind.Rollback;
        if (isStep || (call.Kind == DatabaseCallKind.Open && simulation.Chance(0.2)))
            await simulation.StepAsync(process, call.ToString());
        if (call.Kind == DatabaseCallKind.Open)
            process.Connections.Add(call.Connection);
        if (call.Connection.IsDead)
            throw Lost();
        var fault = call.Sql.StartsWith("PRAGMA", StringComparison.Ordinal) ? SimulatedFault.None : simulation.DrawFault(process, call);
        if (fault == SimulatedFault.Refused)
            throw new SqliteException("SQLite Error 5: 'database is locked'.", 5);
        if (fault == SimulatedFault.TableGone)
            throw new SqliteException("SQLite Error 1: 'no such table'.", 1);
        if (fault is SimulatedFault.Lost or SimulatedFault.Silent)
        {
            if (fault == SimulatedFault.Silent)
                await Task.Delay(call.Limit!.Value, process.Time, cancellationToken);
            call.Connection.IsDead = true;
            throw Lost();
        }
        if (call.Kind == DatabaseCallKind.Begin)
            await simulation.LockAsync(process, call.Connection);
        var result = await run();
        if (call.Kind is DatabaseCallKind.Commit or DatabaseCallKind.Rollback)
            simulation.Unlock(call.Connection);
        if (fault is SimulatedFault.RanThenLost or SimulatedFault.RanThenSilent)
        {
            if (result is DbDataReader reader)
                await reader.DisposeAsync();
            if (fault == SimulatedFault.RanThenSilent)
                await Task.Delay(call.Limit!.Value, process.Time, cancellationToken);
            call.Connection.IsDead = true;
            throw Lost();
        }
        if (isStep && simulation.Chance(0.3))
            await simulation.StepAsync(process, $"after {call}");
        return result;
    }

    private static SqliteException Lost() => new("SQLite Error 10: 'disk I/O error'.", 10);
}
