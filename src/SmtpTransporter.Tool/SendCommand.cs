using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Sends emails, and shows the result of each.</summary>
internal static class SendCommand
{
    public static async Task<int> RunAsync(
        ServerOptions options, IEnumerable<Email> emails, long? total, bool json, ToolContext context, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        await using var transporter = new SmtpTransporter(options);
        if (json)
        {
            await foreach (var (index, result) in transporter.SendManyAsync(emails, null, cancellationToken))
            {
                tally.Add(result);
                await context.Output.WriteLineAsync(JsonSerializer.Serialize(Json.Result(index, result), Json.Line));
            }
        }
        else if (total == 1)
        {
            await foreach (var (_, result) in transporter.SendManyAsync(emails, null, cancellationToken))
            {
                tally.Add(result);
                Show(result, context.Screen);
            }
        }
        else
        {
            ProgressColumn[] columns =
                [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
            await context.Screen.Progress().Columns(columns).StartAsync(async progress =>
            {
                var task = progress.AddTask("Sending", maxValue: total ?? double.MaxValue);
                task.IsIndeterminate = total is null;
                await foreach (var (index, result) in transporter.SendManyAsync(emails, null, cancellationToken))
                {
                    tally.Add(result);
                    task.Increment(1);
                    task.Description = $"{tally.Accepted} sent, {tally.Failed} failed";
                    if (result.Success)
                        continue;
                    var recipients = string.Join(", ", result.Recipients.Select(r => r.Address));
                    context.Screen.MarkupLineInterpolated($"[red]Email {index + 1}[/] to {recipients}: {Describe(result)}");
                }
                task.Value = task.MaxValue = tally.Accepted + tally.Failed;
            });
            context.Screen.MarkupLineInterpolated($"[bold]{tally.Accepted}[/] sent, [bold]{tally.Failed}[/] failed.");
        }
        return tally.ExitCode;
    }

    private static void Show(SendResult result, IAnsiConsole screen)
    {
        if (result.Success)
        {
            screen.MarkupLineInterpolated(
                $"[green]Sent[/] {result.MessageId} in {result.Elapsed.TotalMilliseconds:0} ms: {result.Status} {result.StatusText}");
        }
        else
        {
            screen.MarkupLineInterpolated($"[red]{result.Outcome}[/]: {Describe(result)}");
            foreach (var recipient in result.Recipients.Where(_ => result.Recipients.Count > 1))
                screen.MarkupLineInterpolated($"  {recipient.Address}: {recipient.State} {recipient.Status} {recipient.StatusText}");
            CheckCommand.Explain(result.Explanation, screen);
            if (result.Outcome == Outcome.Unknown)
                screen.MarkupLine("  Find out whether it was delivered before you send it again.");
        }
        foreach (var warning in result.Warnings)
            screen.MarkupLineInterpolated($"[yellow]Warning[/]: {warning.Message}");
    }

    private static string Describe(SendResult result) =>
        result.Status == 0 || result.Outcome == Outcome.PartiallyAccepted ? result.Reason : $"{result.Status} {result.Reason}";

    private sealed class Tally
    {
        private bool _failedPermanently;

        public long Accepted { get; private set; }

        public long Failed { get; private set; }

        public int ExitCode => Failed == 0 ? ExitCodes.Success : _failedPermanently ? ExitCodes.Failed : ExitCodes.TryAgain;

        public void Add(SendResult result)
        {
            if (result.Success)
            {
                Accepted++;
                return;
            }
            Failed++;
            _failedPermanently |= !result.IsTransient || result.Outcome == Outcome.PartiallyAccepted;
        }
    }
}
