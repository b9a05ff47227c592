namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy does to a mail that is not under way.</summary>
internal static class Decisions
{
    /// <summary>Sends it again, at once, to those that have not accepted it.</summary>
    public static Task<bool> ResendAsync(
        Database database, MailTable table, Engine engine, MailRow row, OutboxOptions options, DateTimeOffset now, string worker, CancellationToken cancellationToken)
    {
        var envelope = row.Envelope with
        {
            Recipients = [.. row.Envelope.Recipients.Select(r => r.State == RecipientState.Accepted ? r : r with { State = RecipientState.NotTried, IsClosed = false })],
        };
        if (envelope.Open.Count == 0)
            return Task.FromResult(false);
        var change = new Change(OutboxState.Waiting) { DueAt = now, IsAhead = true, ExpiresAt = now + options.GiveUpAfter, Envelope = envelope };
        return ChangeAsync(database, table, engine, row, change, now, new TryDetails(worker, null, 0, $"{row.State}: sent again.", 0), cancellationToken);
    }

    /// <summary>Cancels or drops it.</summary>
    public static Task<bool> EndAsync(
        Database database, MailTable table, Engine engine, MailRow row, OutboxState state, DateTimeOffset now, string worker, CancellationToken cancellationToken)
    {
        var change = new Change(state) { EndedAt = now, TransmittingAt = row.TransmittingAt, Envelope = row.Envelope };
        var what = state == OutboxState.Cancelled ? "cancelled" : "dropped";
        return ChangeAsync(database, table, engine, row, change, now, new TryDetails(worker, null, 0, $"{row.State}: {what}.", 0), cancellationToken);
    }

    /// <summary>Gives a mail that waits a new place.</summary>
    public static Task<bool> MoveAsync(Database database, MailTable table, Engine engine, MailRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = row.DueAt ?? now;
        var change = new Change(OutboxState.Waiting) { DueAt = due, IsAhead = row.Priority == OutboxPriority.Low || due <= now, Envelope = row.Envelope };
        return ChangeAsync(database, table, engine, row, change, now, null, cancellationToken);
    }

    private static async Task<bool> ChangeAsync(
        Database database, MailTable table, Engine engine, MailRow row, Change change, DateTimeOffset now, TryDetails? details, CancellationToken cancellationToken)
    {
        var isChanged = await database.InTransactionAsync(
            async transaction =>
            {
                if (!await table.ChangeAsync(transaction, row, change, cancellationToken).ConfigureAwait(false))
                    return false;
                if (details is not null)
                    await table.AddTryAsync(transaction, row, now, details, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        if (isChanged && row.State == OutboxState.Waiting)
            await engine.RemoveAsync(row.Id, row.Turn, CancellationToken.None).ConfigureAwait(false);
        if (isChanged && change.IsScheduled)
            await engine.PlaceAsync([change.Place(row)], CancellationToken.None).ConfigureAwait(false);
        return isChanged;
    }
}
