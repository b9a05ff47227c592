namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy does to a mail that is not under way. Safe for concurrent callers.</summary>
internal sealed class EmailActions(OutboxOptions options, Database database, EmailTable table, Engine engine, Dispatcher feeder, TimeProvider time)
{
    /// <summary>The machine and this process.</summary>
    public static readonly string Process = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>A person's decision: sends it again, at once, to those that have not accepted it, with all the tries of a new one.</summary>
    public Task<bool> ResendAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ResendAsync(row, now, new StateTransition(OutboxState.Waiting) { DueAt = now, Tries = 0, ExpiresAt = UnixTime.Later(now, options.ExpireAfter) }, cancellationToken);
    }

    /// <summary>A policy's decision: as another try, after its wait, and only while its time is not over; a policy that always says so must not send for ever.</summary>
    public Task<bool> TryAgainAsync(EmailRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return now < row.ExpiresAt
            ? ResendAsync(row, now, new StateTransition(OutboxState.Waiting) { DueAt = now + RetrySchedule.Default(options, Math.Max(row.Tries, 1), 0.5) }, cancellationToken)
            : Task.FromResult(false);
    }

    private Task<bool> ResendAsync(EmailRow row, DateTimeOffset now, StateTransition change, CancellationToken cancellationToken)
    {
        var envelope = row.Envelope with
        {
            Recipients = [.. row.Envelope.Recipients.Select(r => r.State == RecipientState.Accepted ? r : r with { State = RecipientState.NotTried, IsClosed = false })],
        };
        if (envelope.Open.Count == 0)
            return Task.FromResult(false);
        return ChangeAsync(row, change with { Envelope = envelope }, now, "sent again", cancellationToken);
    }

    /// <summary>Cancels or drops it.</summary>
    public Task<bool> EndAsync(EmailRow row, OutboxState state, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ChangeAsync(
            row, new StateTransition(state) { EndedAt = now, TransmittingAt = row.TransmittingAt }, now, state == OutboxState.Canceled ? "cancelled" : "dropped", cancellationToken);
    }

    private async Task<bool> ChangeAsync(EmailRow row, StateTransition change, DateTimeOffset now, string what, CancellationToken cancellationToken)
    {
        var details = new TryDetails(Process, null, 0, $"{row.State}: {what}.", 0);
        var isChanged = await database.InTransactionAsync(
            async transaction =>
            {
                if (!await table.ChangeAsync(transaction, row, change, cancellationToken).ConfigureAwait(false))
                    return false;
                await table.AddTryAsync(transaction, row, now, details, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        if (isChanged && row.State == OutboxState.Waiting)
            await engine.RemoveAsync([(row.Id, row.Turn)]).ConfigureAwait(false);
        feeder.Bell.Ring();
        return isChanged;
    }
}
