using SmtpTransport.Outbox;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Acts on many emails of an outbox, after it has shown how many.</summary>
internal sealed class OutboxActor(IOutbox outbox, ToolContext context, string by, string? reason, bool isConfirmed)
{
    public async Task<int> ActAsync(DecisionKind kind, OutboxQuery query, string filters, CancellationToken cancellationToken)
    {
        var limited = kind.Limit(query);
        var count = await outbox.CountAsync(limited, OutboxMatchCount.MaxLimit, cancellationToken);
        Show($"{Emails(count)} of these states: {string.Join(", ", limited.States)}.");
        if (count.Count == 0)
            return ExitCodes.Success;
        if (kind == DecisionKind.Resend && limited.States.Contains(OutboxState.Unknown))
            Show("Parked emails may have been delivered: those may arrive twice.");
        Confirm($"They will be {kind.Verb}: {filters}.");
        var changed = await (kind == DecisionKind.Resend ? outbox.ResendAsync(limited, by, reason, cancellationToken)
            : kind == DecisionKind.Discard ? outbox.DiscardAsync(limited, by, reason, cancellationToken)
            : kind == DecisionKind.Cancel ? outbox.CancelAsync(limited, by, reason, cancellationToken)
            : outbox.RestoreAsync(limited, by, reason, cancellationToken));
        Show($"{Counted.Of(changed, "email")} {(changed == 1 ? "was" : "were")} {kind.Verb}.");
        if (changed < count.Count)
        {
            Show(
                $"{Counted.Of(count.Count - changed, "email")} stayed as before: changed meanwhile, or nothing is left to send (all "
                + "recipients have it, the message was removed or erased), or not to be decrypted here.");
        }
        return ExitCodes.Success;
    }

    public async Task<int> EraseAsync(string address, bool cancelWaiting, CancellationToken cancellationToken)
    {
        var count = await outbox.CountAsync(new OutboxQuery { Recipient = address }, OutboxMatchCount.MaxLimit, cancellationToken);
        if (count.Count == 0)
        {
            Show($"0 emails to {address}.");
            // An entry there stays longer than the emails.
            Confirm("If the address is on the suppression list, it will be removed there for ever, and held back by its hash.");
        }
        else
        {
            Show($"{Emails(count)} to {address}: {await DescribeAsync(address, cancelWaiting, cancellationToken)}.");
            Confirm(
                "The content of those that have ended will be removed for ever, also for their other recipients."
                + (cancelWaiting ? " Those that wait will be canceled." : ""));
        }
        var erasure = await outbox.EraseAsync(address, by, reason, cancelWaiting, cancellationToken);
        Show($"{Counted.Of(erasure.ErasedCount, "email")} {(erasure.ErasedCount == 1 ? "was" : "were")} erased.");
        foreach (var id in erasure.Remaining)
            Show($"{id} cannot be erased yet: it waits, is being sent, or is parked.");
        return erasure.Remaining.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <summary>What an erasure does with the emails, by what they are now.</summary>
    private async Task<string> DescribeAsync(string address, bool cancelWaiting, CancellationToken cancellationToken)
    {
        (OutboxState[] States, string One, string Many, string Then)[] kinds =
        [
            ([OutboxState.Sent, OutboxState.DeadLettered, OutboxState.Canceled, OutboxState.Discarded], "has ended", "have ended", ""),
            ([OutboxState.Waiting], "waits", "wait", cancelWaiting ? "" : "without --cancel-waiting"),
            ([OutboxState.Sending], "is being sent", "are being sent", "until their ends"),
            ([OutboxState.Unknown], "is parked", "are parked", "until resent or discarded"),
        ];
        var parts = new List<string>();
        foreach (var (states, one, many, then) in kinds)
        {
            var count = await outbox.CountAsync(
                new OutboxQuery { Recipient = address, States = states }, OutboxMatchCount.MaxLimit, cancellationToken);
            if (count.Count == 0)
                continue;
            var stay = count.Count == 1 ? "it stays" : "they stay";
            parts.Add($"{count} {(count.Count == 1 ? one : many)}{(then.Length == 0 ? "" : $" ({stay}, {then})")}");
        }
        return string.Join(", ", parts);
    }

    private static string Emails(OutboxMatchCount count) => $"{count} {(count is { Count: 1, HasMore: false } ? "email" : "emails")}";

    /// <exception cref="UsageException">The answer is no, or nobody can be asked.</exception>
    private void Confirm(string what)
    {
        if (isConfirmed)
            return;
        if (!context.Screen.Profile.Capabilities.Interactive)
            throw new UsageException($"{what} Nothing was changed: give --yes to do it without a question.");
        if (!context.Screen.Prompt(new ConfirmationPrompt($"{Markup.Escape(what)} Go on?") { DefaultValue = false }))
            throw new UsageException("Nothing was changed.");
    }

    private void Show(string line) => context.Screen.WriteLine(line);
}
