using System.Globalization;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>Shows the lanes of an outbox.</summary>
internal sealed class OutboxLanes(IOutbox outbox, IOutboxMonitor monitor, ToolContext context)
{
    /// <summary>How many lanes are shown at most.</summary>
    public const int MaxLimit = 500;

    private const int MaxCount = 10_000;

    private static readonly string[] Columns = ["TRANSPORTER", "LANE", "WAITING", "SENDING", "FIRST", "PAUSED"];

    public async Task<int> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var lanes = await monitor.ListLanesAsync(limit, MaxCount, cancellationToken);
        if (lanes.Count == 0)
        {
            await context.Errors.WriteLineAsync("No lane has emails that wait or are being sent.");
            return ExitCodes.Success;
        }
        var pauses = await outbox.ListPausesAsync(cancellationToken);
        List<string[]> rows = [Columns, .. lanes.Select(l => Row(l, pauses.Where(p => Holds(p, l))))];
        var widths = Enumerable.Range(0, Columns.Length - 1).Select(i => rows.Max(r => r[i].Length)).ToList();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, i) => i < widths.Count ? cell.PadRight(widths[i]) : cell);
            await context.Output.WriteLineAsync(string.Join("  ", cells).TrimEnd());
        }
        if (lanes.Count == limit)
            await context.Errors.WriteLineAsync($"There may be more: --limit shows up to {MaxLimit}.");
        return ExitCodes.Success;
    }

    private static string[] Row(OutboxLane lane, IEnumerable<OutboxPause> pauses) =>
    [
        Name(lane.TransporterName), Name(lane.Lane), $"{lane.Waiting}", lane.Sending.ToString("N0", CultureInfo.InvariantCulture),
        lane.FirstDueIn is not { } time ? "-" : time > TimeSpan.Zero ? $"in {Lasting.Of(time)}" : $"due for {Lasting.Of(-time)}",
        TerminalText.Of(string.Join("; ", pauses.Select(p => p.ToString()))),
    ];

    private static bool Holds(OutboxPause pause, OutboxLane lane) =>
        (pause.TransporterName is null || pause.TransporterName == lane.TransporterName) && (pause.Lane is null || pause.Lane == lane.Lane);

    /// <summary>As the options of the tool take it.</summary>
    private static string Name(string name) => name.Length == 0 ? "''" : TerminalText.Of(name);
}
