using System.Globalization;
using SmtpTransport.Outbox;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Pauses and resumes what is sent from an outbox, and shows it.</summary>
internal sealed class OutboxPauses(IOutbox outbox, IOutboxMonitor monitor, ToolContext context, string? transporter, string? lane)
{
    private OutboxPause What => new() { TransporterName = transporter, Lane = lane };

    public async Task<int> PauseAsync(string by, string? reason, CancellationToken cancellationToken)
    {
        await outbox.PauseAsync(by, reason, transporter, lane, cancellationToken);
        Show($"Paused: {What}. No worker begins such an email any more.");
        var sending = new OutboxQuery { TransporterName = transporter, Lane = lane, States = [OutboxState.Sending] };
        foreach (var entry in (await outbox.ListAsync(sending, 1000, cancellationToken: cancellationToken)).Entries)
            Show($"{entry.Id} is being sent: its transmission may have started before.");
        await NoteIfNoneAsync(cancellationToken);
        return ExitCodes.Success;
    }

    public async Task<int> ResumeAsync(string by, CancellationToken cancellationToken)
    {
        var wasPaused = await outbox.ResumeAsync(by, transporter, lane, cancellationToken);
        Show(wasPaused ? $"Resumed: {What}." : $"There is no pause of its own for {What}.");
        await ShowPausesAsync(cancellationToken);
        return wasPaused ? ExitCodes.Success : ExitCodes.Failed;
    }

    public async Task<int> ShowStatusAsync(CancellationToken cancellationToken)
    {
        var counts = await outbox.CountAsync(cancellationToken);
        foreach (var state in Enum.GetValues<OutboxState>())
            Show(string.Create(CultureInfo.InvariantCulture, $"{state}: {counts[state]:N0}"));
        var oldest = counts.Due == 0 ? "" : $", the oldest for {Lasting.Of(counts.OldestDue)}";
        Show(string.Create(CultureInfo.InvariantCulture, $"Due: {counts.Due:N0}{oldest}"));
        await ShowPausesAsync(cancellationToken);
        return ExitCodes.Success;
    }

    /// <summary>A pause may come before its emails, but a name may also be misspelled.</summary>
    private async Task NoteIfNoneAsync(CancellationToken cancellationToken)
    {
        if (transporter is null && lane is null)
            return;
        var lanes = await monitor.ListLanesAsync(OutboxLanes.MaxLimit, 1, cancellationToken);
        if (lanes.Count == OutboxLanes.MaxLimit || lanes.Any(
            l => (transporter is null || l.TransporterName == transporter) && (lane is null || l.Lane == lane)))
            return;
        await context.Errors.WriteLineAsync(
            $"Note: no email of {What} waits or is being sent. For the names: {CommandLineTool.Name} outbox lanes");
    }

    private async Task ShowPausesAsync(CancellationToken cancellationToken)
    {
        foreach (var pause in await outbox.ListPausesAsync(cancellationToken))
            Show(string.Create(CultureInfo.InvariantCulture, $"Paused since {pause.PausedAt:u}: {pause}"));
    }

    private void Show(string line) => context.Screen.WriteLine(line);
}
