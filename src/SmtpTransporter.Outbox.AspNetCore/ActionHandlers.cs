using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the actions of the page, on one email and on all that a query finds. Thread-safe.</summary>
/// <param name="outbox">The outbox.</param>
/// <param name="monitor">Its clock.</param>
/// <param name="onChanged">Called after each action that has changed something.</param>
internal sealed class ActionHandlers(IOutbox outbox, IOutboxMonitor monitor, Action onChanged)
{
    private const int CountLimit = 10_000;

    // The end of an email is recorded in whole milliseconds.
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(1);

    public void Map(RouteGroupBuilder group)
    {
        foreach (var action in PageAction.All)
        {
            group.MapPost($"/emails/{{id:guid}}/{action.Name}", context => ActOnOneAsync(context, action));
            group.MapPost($"/all/{action.Name}", context => ActOnAllAsync(context, action));
            group.MapGet($"/all/{action.Name}", context => CountAsync(context, action));
        }
    }

    private async Task CountAsync(HttpContext context, PageAction action)
    {
        if (await ReadQueryAsync(context, action).ConfigureAwait(false) is not { } query)
            return;
        var count = await outbox.CountAsync(query, CountLimit, context.RequestAborted).ConfigureAwait(false);
        var view = new MatchView(count.Count, count.HasMore, [.. query.States.Select(s => s.ToString())]);
        await PageAnswers.JsonAsync(context, view, OutboxJson.Default.MatchView).ConfigureAwait(false);
    }

    private async Task ActOnAllAsync(HttpContext context, PageAction action)
    {
        if (!await PageAnswers.IsFromPageAsync(context).ConfigureAwait(false)
            || await ActionReader.ReadAsync(context).ConfigureAwait(false) is not { } request
            || await ReadQueryAsync(context, action).ConfigureAwait(false) is not { } query)
            return;
        var start = await monitor.GetTimeAsync(CancellationToken.None).ConfigureAwait(false);
        if (await RunAsync(context, action, query, request.Reason).ConfigureAwait(false) is not { } changed)
            return;
        onChanged();
        var end = await monitor.GetTimeAsync(CancellationToken.None).ConfigureAwait(false);
        // What this user ended meanwhile.
        var ended = query with { EndedAfter = start, EndedBefore = end + Precision, DecidedBy = PageAnswers.NameOf(context.User) };
        var undo = action.Result is { } state && changed > 0
            ? $"all/restore{QueryReader.Write(ended with { States = [state] })}"
            : null;
        await PageAnswers.JsonAsync(context, new ActionView(changed, undo), OutboxJson.Default.ActionView).ConfigureAwait(false);
    }

    private async Task ActOnOneAsync(HttpContext context, PageAction action)
    {
        if (!await PageAnswers.IsFromPageAsync(context).ConfigureAwait(false)
            || await ActionReader.ReadAsync(context).ConfigureAwait(false) is not { } request)
            return;
        var id = Guid.Parse((string)context.Request.RouteValues["id"]!);
        var query = new OutboxQuery { Ids = [id], States = action.Allowed };
        if (await RunAsync(context, action, query, request.Reason).ConfigureAwait(false) is not { } changed)
            return;
        if (changed > 0)
        {
            onChanged();
            var view = new ActionView(1, action.Result is null ? null : $"emails/{id}/restore");
            await PageAnswers.JsonAsync(context, view, OutboxJson.Default.ActionView).ConfigureAwait(false);
        }
        else if (await outbox.GetAsync(id, context.RequestAborted).ConfigureAwait(false) is not { } entry)
            await PageAnswers.NotFoundAsync(context).ConfigureAwait(false);
        else if (!entry.IsReadable && action.Allowed.Contains(entry.State))
            await PageAnswers.ConflictAsync(context, "The email cannot be decrypted (missing or foreign key).").ConfigureAwait(false);
        else
            await PageAnswers.ConflictAsync(context, Describe(entry)).ConfigureAwait(false);
    }

    /// <returns>How many emails are changed; null if a worker has not acknowledged what is stored, and the request is answered.</returns>
    private async Task<int?> RunAsync(HttpContext context, PageAction action, OutboxQuery query, string? reason)
    {
        try
        {
            return await action.RunAsync(outbox, query, PageAnswers.NameOf(context.User), reason).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            onChanged();
            await PageAnswers.ConflictAsync(context, exception.Message).ConfigureAwait(false);
            return null;
        }
    }

    private static string Describe(OutboxEntry entry) => entry.HasMessage || entry.State == OutboxState.Sent
        ? $"The state {entry.State} of the email does not allow this action."
        : "The message of this email is not stored any more: it was removed after its time (KeepMessageFor), or erased.";

    /// <returns>Null if the request was refused.</returns>
    private static async Task<OutboxQuery?> ReadQueryAsync(HttpContext context, PageAction action)
    {
        if (QueryReader.TryRead(context.Request.Query, out var problem) is { } query && action.TryLimit(query, out problem) is { } limited)
            return limited;
        await PageAnswers.InvalidAsync(context, problem).ConfigureAwait(false);
        return null;
    }
}
