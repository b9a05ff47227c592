using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxSimulation;

/// <summary>The second phase: nothing fails any more.</summary>
internal sealed partial class Simulation
{
    private const string Open = "e.state IN (0, 1)";
    private const string Blocked =
        "(e.is_ordered = 1 AND EXISTS (SELECT 1 FROM smtp_outbox_email u WHERE u.is_ordered = 1 AND u.state = 4 AND u.number < e.number))";

    private async Task CalmAsync()
    {
        if (Violations.Count > 0)
            return;
        Note("calm");
        _isChaos = false;
        foreach (var process in _processes)
            process.SleepsUntil = 0;
        await UntilAsync("callers end", () => Array.TrueForAll(_processes, p => p.IsDead || (!p.IsStopping && p.Callers == 0)));
        for (var i = 0; i < Processes; i++)
        {
            if (_processes[i].IsDead)
                Start(i);
        }
        Resume();
        await UntilAsync("emails end", () => IsIdle() && store.Count($"email e WHERE {Open} AND NOT {Blocked}") == 0 && IsNobodyElse());
        while (Violations.Count == 0 && store.Count($"email e WHERE {Open}") > 0)
        {
            // A person decides about a parked email that holds up those behind it.
            foreach (var id in store.ListIds("state = 4 AND is_ordered = 1"))
                Observe(_processes[0], "discard", () => _processes[0].Outbox.DiscardAsync(id));
            await UntilAsync("discards end", () => store.Count($"email e WHERE {Open} AND {Blocked}") == 0);
            await UntilAsync("emails end", () => IsIdle() && store.Count($"email e WHERE {Open} AND NOT {Blocked}") == 0);
        }
        if (seed % 10 == 0)
            await CheckLoopsAsync();
        CheckEmails();
        foreach (var process in _processes)
            Stop(process, TimeSpan.FromMinutes(10));
        await UntilAsync("all stop", () => Array.TrueForAll(_processes, p => p.IsDead));
        await RemoveAsync();
    }

    /// <summary>A call of the first phase may still hold the file.</summary>
    private void Resume()
    {
        _isPaused = false;
        Observe(_processes[0], "resume", () => _processes[0].Outbox.ResumeAsync(), onFailure: Resume, mayFail: true);
    }

    private async Task CheckLoopsAsync()
    {
        var end = Now + TimeSpan.FromMinutes(1).Ticks;
        await UntilAsync("time passes", () => Now >= end);
        foreach (var process in _processes)
        {
            if (process.Get<WorkerLoops>().FindSilent() is [_, ..] silent)
                Violate($"loops of {process.Name} are silent: {string.Join(", ", silent)}");
        }
    }

    /// <summary>Whether no process holds an email, or knows of one what is not recorded yet.</summary>
    private bool IsIdle() => Array.TrueForAll(_processes, p => p.Callers == 0 && !p.Get<SendLanes>().IsBusy);

    /// <summary>Whether there is no worker besides those that live.</summary>
    private bool IsNobodyElse()
    {
        var tokens = _processes.Select(p => $"'{p.Get<WorkerRegistration>().Token}'");
        return store.Count($"worker WHERE token NOT IN ({string.Join(", ", tokens)})") == 0;
    }

    private void CheckEmails()
    {
        foreach (var mail in _emails)
        {
            var states = ReadStates(mail);
            var text = $"{mail.Name}: {string.Join(", ", states)}; accepted {mail.Accepted} times, stored: {mail.IsStored}";
            var isWrong = states switch
            {
                [] => mail.IsStored == true || mail.Accepted > 0,
                [OutboxState.Sent] => mail.Accepted == 0 || mail.IsStored == false,
                [OutboxState.DeadLettered] => mail.Accepted > mail.Resends || (!mail.IsRefused && mail.Losses < 3),
                [OutboxState.Canceled] => mail.Accepted > mail.Resends,
                [OutboxState.Unknown or OutboxState.Discarded] => mail.Doubt is null,
                _ => true,
            };
            if (isWrong)
                Violate(text);
            if (mail.IsCanceled && states is not [OutboxState.Canceled])
                Violate($"{text}; a caller was told that it is canceled");
        }
    }

    /// <summary>After the retention period nothing is left but what a person has to decide about.</summary>
    private async Task RemoveAsync()
    {
        if (Violations.Count > 0)
            return;
        _clockOffset += TimeSpan.FromDays(400);
        Start(0);
        Observe(_processes[0], "remove", () => _processes[0].Get<Sweeper>().CleanUpAsync(CancellationToken.None));
        var unknown = store.Count("email WHERE state = 4");
        await UntilAsync("removal", () => store.Count("email") == unknown);
        Stop(_processes[0], TimeSpan.FromMinutes(10));
        await UntilAsync("end", () => _processes[0].IsDead);
        foreach (var (table, expected) in ((string, long)[])
            [("worker", 0), ("message", unknown), ("part", 0), ("part_use", 0), ("email WHERE owner IS NOT NULL AND state <> 4", 0)])
        {
            if (store.Count(table) is var count && count != expected)
                Violate($"{table} has {count} rows at the end, not {expected}");
        }
    }
}
