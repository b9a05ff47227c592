using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of the page to erase what there is of a person. Thread-safe.</summary>
/// <param name="outbox">The outbox.</param>
/// <param name="onChanged">Called after each erasure.</param>
internal sealed class ErasureHandlers(IOutbox outbox, Action onChanged)
{
    private const int CountLimit = 10_000;

    private static readonly OutboxState[] Ended =
        [OutboxState.Sent, OutboxState.DeadLettered, OutboxState.Canceled, OutboxState.Discarded];

    private static readonly OutboxState[] Open = [OutboxState.Waiting, OutboxState.Sending, OutboxState.Unknown];

    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/erase", CountAsync);
        group.MapPost("/erase", EraseAsync);
    }

    private async Task CountAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not { } address)
            return;
        var query = new OutboxQuery { Recipient = address };
        var open = await outbox.CountAsync(query with { States = Open }, CountLimit, context.RequestAborted).ConfigureAwait(false);
        var ended = await outbox.CountAsync(query with { States = Ended }, CountLimit, context.RequestAborted).ConfigureAwait(false);
        var view = new ErasureView(ended.Count, open.Count, ended.HasMore);
        await PageAnswers.JsonAsync(context, view, OutboxJson.Default.ErasureView).ConfigureAwait(false);
    }

    private async Task EraseAsync(HttpContext context)
    {
        if (!await PageAnswers.IsFromPageAsync(context).ConfigureAwait(false)
            || await ActionReader.ReadAsync(context).ConfigureAwait(false) is not { } request
            || await ReadAsync(context).ConfigureAwait(false) is not { } address)
            return;
        try
        {
            var erasure = await outbox.EraseAsync(
                address, PageAnswers.NameOf(context.User), request.Reason, request.CancelWaiting, CancellationToken.None)
                .ConfigureAwait(false);
            var view = new ErasureView(erasure.ErasedCount, erasure.Remaining.Count, false);
            await PageAnswers.JsonAsync(context, view, OutboxJson.Default.ErasureView).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            // A worker has not acknowledged what was canceled. The same request goes on.
            await PageAnswers.ConflictAsync(context, exception.Message).ConfigureAwait(false);
        }
        finally
        {
            onChanged();
        }
    }

    /// <returns>Null if the request was refused.</returns>
    private static async Task<string?> ReadAsync(HttpContext context)
    {
        if (context.Request.Query["recipient"] is [{ } text] && text.Trim() is { Length: > 0 } address)
            return address;
        await PageAnswers.InvalidAsync(context, "recipient is missing: whose emails shall be erased?").ConfigureAwait(false);
        return null;
    }
}
