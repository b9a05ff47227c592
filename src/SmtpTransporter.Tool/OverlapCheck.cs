using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Sends three small emails, each behind the end of the one before it, and says whether the server kept step.</summary>
internal static class OverlapCheck
{
    private const int Emails = 3;

    /// <param name="options">The server.</param>
    /// <param name="from">The sender.</param>
    /// <param name="to">The recipient.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="context">Where to write to.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public static async Task<int> RunAsync(
        ServerOptions options, EmailAddress from, EmailAddress to, bool json, ToolContext context, CancellationToken cancellationToken)
    {
        if (options is not { Pipelining: true, Protocol: MailProtocol.Smtp })
            throw new UsageException("--overlap needs SMTP with pipelining: leave \"pipelining=false\" and \"lmtp://\" out of the URL.");
        options = options with { MaxConnections = 1, Overlap = Emails, KeepAlive = true };
        await using var transporter = new SmtpTransporter(options);
        // The emails go over this connection.
        var status = await transporter.CheckConnectionAsync(cancellationToken);
        if (FindObstacle(status) is { } obstacle)
        {
            await ReportAsync(false, obstacle, []);
            return status is { Success: false, IsTransient: true } ? ExitCodes.TryAgain : ExitCodes.Failed;
        }
        var results = await SendAsync(transporter, from, to, cancellationToken);
        var hasKeptStep = results.All(r => r.Success) && results.All(r => r.Warnings.All(w => w.ErrCode != SmtpErrorCodes.OverlapGivenUp));
        await ReportAsync(hasKeptStep, hasKeptStep
            ? $"The server kept step: {Emails} emails followed one another without waiting. Overlap can be used with it."
            : "The server did not keep step, or did not accept the emails. Leave Overlap at 0.", results);
        return hasKeptStep ? ExitCodes.Success : ExitCodes.Failed;

        async Task ReportAsync(bool success, string text, IReadOnlyList<SendResult> all)
        {
            if (json)
            {
                var view = new { Success = success, Text = text, Emails = all.Select((result, index) => Json.Result(index, result)) };
                await context.Output.WriteLineAsync(JsonSerializer.Serialize(view, Json.Format));
                return;
            }
            foreach (var (index, result) in all.Index())
            {
                context.Screen.MarkupLineInterpolated($"Email {index + 1}  {result.Outcome}: {SendCommand.Describe(result)}");
                foreach (var warning in result.Warnings)
                    context.Screen.MarkupLineInterpolated($"[yellow]Warning[/]: {warning.Message}");
            }
            context.Screen.MarkupLineInterpolated(success ? $"[green]{text}[/]" : (FormattableString)$"[red]{text}[/]");
        }
    }

    private static string? FindObstacle(ConnectionStatus status)
    {
        if (!status.Success)
            return status.Reason;
        if (!Offers("PIPELINING"))
            return "The server does not offer PIPELINING: emails cannot be overlapped.";
        return Offers("CHUNKING") && !Offers("ENHANCEDSTATUSCODES")
            ? "The server offers CHUNKING without ENHANCEDSTATUSCODES: emails are not overlapped, and each takes one round trip anyway."
            : null;

        bool Offers(string extension) => status.Capabilities.Contains(extension, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The others wait for the connection before the first is sent as a whole: they are certain to follow it.</summary>
    private static async Task<SendResult[]> SendAsync(
        SmtpTransporter transporter, EmailAddress from, EmailAddress to, CancellationToken cancellationToken)
    {
        var behind = new List<Task<SendResult>>();
        var first = await StoredMessage.FromEmailAsync(NewEmail(0), cancellationToken: cancellationToken);
        first = first with
        {
            BeforeTransmission = _ =>
            {
                for (var i = behind.Count + 1; i < Emails; i++)
                    behind.Add(transporter.SendAsync(NewEmail(i), cancellationToken));
                return ValueTask.CompletedTask;
            },
        };
        var result = await transporter.SendAsync(first, cancellationToken);
        return [result, .. await Task.WhenAll(behind)];

        Email NewEmail(int index) => new()
        {
            From = from,
            To = to,
            Subject = $"Check of overlapped emails, {index + 1} of {Emails}",
            TextBody = "This email was sent to find out whether the mail server keeps step with emails that follow one another.\r\n",
        };
    }
}
