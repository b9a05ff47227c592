using System.Globalization;
using System.Text.Json;
using SmtpTransport.Feedback;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Shows what emails that came back say.</summary>
internal static class FeedbackCommand
{
    // A person does not read more; scripts get all.
    private const int MaxShown = 100;

    /// <param name="found">The messages.</param>
    /// <param name="place">Where they are, for people.</param>
    /// <param name="json">Whether scripts read it.</param>
    /// <param name="context">What to write to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<int> RunAsync(
        IAsyncEnumerable<FoundMessage> found, string place, bool json, ToolContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await ShowAllAsync(found, place, json, context, cancellationToken);
        }
        catch (FeedbackMailboxException exception)
        {
            await context.Errors.WriteLineAsync(exception.Message);
            return exception.IsTransient ? ExitCodes.TryAgain : ExitCodes.Failed;
        }
    }

    private static async Task<int> ShowAllAsync(
        IAsyncEnumerable<FoundMessage> found, string place, bool json, ToolContext context, CancellationToken cancellationToken)
    {
        var reader = new FeedbackReader();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var (messages, unreadable) = (0, 0);
        await foreach (var message in found.WithCancellation(cancellationToken))
        {
            EmailFeedback? feedback;
            try
            {
                await using var stream = await message.OpenAsync(cancellationToken);
                feedback = await reader.ReadAsync(stream, cancellationToken);
            }
            catch (Exception exception) when (exception is UsageException or FeedbackMailboxException { KeepsConnection: true })
            {
                // The others of the folder may be readable.
                await context.Errors.WriteLineAsync(exception.Message);
                unreadable++;
                continue;
            }
            var kind = KindOf(feedback);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            messages++;
            if (json)
                await context.Output.WriteLineAsync(JsonSerializer.Serialize(CreateView(message.Name, feedback), Json.Line));
            else
                Show(OptionText.Show(message.Name), feedback, context.Screen);
        }
        if (!json)
            Count(counts, messages, unreadable, place, context.Screen);
        return unreadable == 0 ? ExitCodes.Success : ExitCodes.Usage;
    }

    private static void Count(
        SortedDictionary<string, int> counts, int messages, int unreadable, string place, IAnsiConsole screen)
    {
        var parts = counts.Select(c => $"{c.Value} × {c.Key}");
        if (messages > 1 || (messages == 1 && unreadable > 0))
            screen.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"Messages: {messages} ({string.Join(", ", parts)})");
        else if (messages == 0 && unreadable == 0)
            screen.MarkupLineInterpolated($"There is no message in {OptionText.Show(place)}.");
    }

    private static string KindOf(EmailFeedback? feedback) => feedback switch
    {
        null => "ordinary email",
        { Kind: FeedbackKind.DeliveryReport, IsBounce: true } => "bounce",
        { Kind: FeedbackKind.DeliveryReport } => "delivery report",
        { Kind: FeedbackKind.Complaint } => "complaint",
        { Kind: FeedbackKind.DispositionNotification } => "read receipt",
        { Kind: FeedbackKind.AutomaticReply } => "automatic reply",
        { Kind: FeedbackKind.Unsubscribe } => "unsubscribe",
        _ => "other report",
    };

    private static void Show(string name, EmailFeedback? feedback, IAnsiConsole screen)
    {
        screen.MarkupLineInterpolated($"[bold]{name}[/]: {KindOf(feedback)}{(feedback?.Detail is { } detail ? $" ({detail})" : "")}");
        if (feedback is null)
            return;
        if (feedback.Original is { } original && (original.MessageId ?? original.Subject ?? original.EnvelopeId) is not null)
            screen.MarkupLineInterpolated($"  About      {string.Join(", ", Facts(original))}");
        if (feedback.Reporter is not null)
            screen.MarkupLineInterpolated($"  Reporter   {feedback.Reporter}");
        screen.MarkupLineInterpolated(
            $"  Confidence {feedback.Confidence}{(feedback.Rule is null ? "" : $", by the rule \"{feedback.Rule}\"")}");
        foreach (var recipient in feedback.Recipients.Take(MaxShown))
            Show(recipient, screen);
        if (feedback.Recipients.Count > MaxShown)
            screen.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  and {feedback.Recipients.Count - MaxShown} more recipients");
    }

    private static IEnumerable<string> Facts(OriginalEmail original)
    {
        if (original.MessageId is { } id)
            yield return $"<{id}>";
        if (original.Subject is { } subject)
            yield return $"\"{subject}\"";
        if (original.EnvelopeId is { } envelope)
            yield return $"envelope id {envelope}";
    }

    private static void Show(FeedbackRecipient recipient, IAnsiConsole screen)
    {
        string?[] facts = [recipient.Action?.ToString(), recipient.Action is null ? null : $"{recipient.Category}", $"{recipient.Status}"];
        screen.MarkupLineInterpolated($"  [bold]{recipient.Address}[/] {string.Join(", ", facts.Where(f => f is { Length: > 0 }))}");
        if (recipient.Diagnostic.Length > 0)
            screen.MarkupLineInterpolated($"    {(recipient.RemoteServer is { } server ? $"{server}: " : "")}{recipient.Diagnostic}");
        CheckCommand.Explain(recipient.Explanation, screen);
    }

    private static object CreateView(string name, EmailFeedback? feedback) => new
    {
        Name = name,
        feedback?.Kind,
        IsBounce = feedback?.IsBounce ?? false,
        feedback?.Confidence,
        feedback?.Detail,
        feedback?.Rule,
        feedback?.Reporter,
        feedback?.MessageId,
        feedback?.Date,
        IsTruncated = feedback?.IsTruncated ?? false,
        Original = feedback is null ? null : new
        {
            feedback.Original.MessageId,
            feedback.Original.EnvelopeId,
            feedback.Original.ReturnPath,
            feedback.Original.Subject,
        },
        Recipients = feedback?.Recipients.Select(r => new
        {
            r.Address,
            r.OriginalAddress,
            r.Action,
            r.Category,
            r.Confidence,
            Status = r.Status?.ToString(),
            ReplyCode = r.ReplyCode == 0 ? (int?)null : r.ReplyCode,
            r.Diagnostic,
            r.RemoteServer,
            r.WillRetryUntil,
            Explanation = Json.Explanation(r.Explanation),
        }) ?? [],
    };
}
