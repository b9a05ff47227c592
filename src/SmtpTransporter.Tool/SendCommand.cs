using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Sends emails, and shows the result of each.</summary>
internal static class SendCommand
{
    public static async Task<int> RunAsync(
        ServerOptions options, IReadOnlyList<Email> emails, bool json, ToolContext context, CancellationToken cancellationToken)
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
        else if (emails is [var email])
        {
            var result = await Waiting.ShowAsync(
                context.Screen, $"Sending to {options.Host}:{options.Port}…", () => transporter.SendAsync(email, cancellationToken));
            tally.Add(result);
            Show(result, context.Screen);
        }
        else
        {
            await Waiting.ShowAsync(context.Screen, emails.Count, async report =>
            {
                await foreach (var (index, result) in transporter.SendManyAsync(emails, null, cancellationToken))
                {
                    tally.Add(result);
                    report(tally.Accepted + tally.Failed, tally.ToString());
                    if (result.Success)
                        continue;
                    var recipients = string.Join(", ", result.Recipients.Select(r => r.Address));
                    context.Screen.MarkupLineInterpolated($"[red]Email {index + 1}[/] to {recipients}: {Describe(result)}");
                }
            });
            context.Screen.MarkupLineInterpolated($"{tally}.");
        }
        return tally.ExitCode;
    }

    /// <summary>Such as <c>550 5.1.1 No such user</c>.</summary>
    public static string Describe(SendResult result) =>
        result.Status == 0 || result.Outcome == Outcome.PartiallyAccepted ? result.Reason : $"{result.Status} {result.Reason}";

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
}
