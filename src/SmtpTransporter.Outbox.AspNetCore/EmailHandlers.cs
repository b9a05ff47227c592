using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of the page for emails. Thread-safe.</summary>
internal sealed class EmailHandlers(IOutbox outbox, MessageAccess access, TimeProvider time)
{
    private const int PageSize = 100;

    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/emails", ListAsync);
        group.MapGet("/emails/{id:guid}", GetAsync);
        group.MapGet("/export", ExportAsync);
        if (access.Policy is { } policy)
            group.MapGet("/emails/{id:guid}/message", DownloadAsync).RequireAuthorization(policy);
    }

    private async Task ListAsync(HttpContext context)
    {
        var values = context.Request.Query;
        if (QueryReader.TryRead(values, out var problem) is not { } query)
        {
            await PageAnswers.InvalidAsync(context, problem).ConfigureAwait(false);
            return;
        }
        EmailListView view;
        var start = time.GetTimestamp();
        try
        {
            var (olderThan, newerThan) = (QueryReader.ReadId(values, "olderThan"), QueryReader.ReadId(values, "newerThan"));
            view = await ReadPageAsync(query, olderThan, newerThan, values["end"] == "oldest", context.RequestAborted)
                .ConfigureAwait(false);
        }
        catch (FormatException exception)
        {
            await PageAnswers.InvalidAsync(context, exception.Message).ConfigureAwait(false);
            return;
        }
        var measured = view with { Cost = time.GetElapsedTime(start).TotalMilliseconds };
        await PageAnswers.JsonAsync(context, measured, OutboxJson.Default.EmailListView).ConfigureAwait(false);
    }

    /// <summary>Each page is read from the id where the one before it ends, and shown with the newest email first.</summary>
    private async Task<EmailListView> ReadPageAsync(
        OutboxQuery query, string? olderThan, string? newerThan, bool isOldest, CancellationToken cancellationToken)
    {
        var isUpward = newerThan is not null || isOldest;
        var start = isUpward ? newerThan : olderThan;
        OutboxListPage page;
        do
        {
            page = await outbox.ListAsync(query, PageSize, start, isUpward, cancellationToken).ConfigureAwait(false);
            start = page.NextPage;
        }
        while (page.Entries.Count == 0 && start is not null);
        var lines = page.Entries.Select(OutboxLine.FromEntry);
        var hasMore = page.NextPage is not null;
        return isUpward
            ? new EmailListView([.. lines.Reverse()], hasMore, newerThan is not null)
            : new EmailListView([.. lines], olderThan is not null, hasMore);
    }

    private async Task GetAsync(HttpContext context)
    {
        var id = Guid.Parse((string)context.Request.RouteValues["id"]!);
        if (await outbox.GetAsync(id, context.RequestAborted).ConfigureAwait(false) is not { } entry)
        {
            await PageAnswers.NotFoundAsync(context).ConfigureAwait(false);
            return;
        }
        var mayRead = entry.HasMessage && await access.IsGrantedAsync(context).ConfigureAwait(false);
        var view = OutboxView.FromEntry(entry, time.GetUtcNow(), mayRead);
        await PageAnswers.JsonAsync(context, view, OutboxJson.Default.OutboxView).ConfigureAwait(false);
    }

    private async Task DownloadAsync(HttpContext context)
    {
        var id = Guid.Parse((string)context.Request.RouteValues["id"]!);
        StoredMessage? message;
        try
        {
            message = await outbox.GetMessageAsync(id, context.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            await PageAnswers.ConflictAsync(context, exception.Message).ConfigureAwait(false);
            return;
        }
        if (message is null)
        {
            await PageAnswers.RefuseAsync(
                context, StatusCodes.Status404NotFound, "The outbox does not contain the message of this email (any more).")
                .ConfigureAwait(false);
            return;
        }
        access.Record(id, context);
        await TypedResults.Bytes(message.Message, "message/rfc822", $"{id}.eml").ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task ExportAsync(HttpContext context)
    {
        if (QueryReader.TryRead(context.Request.Query, out var problem) is not { } query)
        {
            await PageAnswers.InvalidAsync(context, problem).ConfigureAwait(false);
            return;
        }
        var format = (string?)context.Request.Query["format"];
        if (format is not ("json" or "csv"))
        {
            await PageAnswers.InvalidAsync(context, $"format is \"{format}\"; it must be json or csv.").ConfigureAwait(false);
            return;
        }
        var response = context.Response;
        response.ContentType = format == "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"outbox-{time.GetUtcNow():yyyy-MM-dd-HHmmss}.{format}\"";
        var entries = outbox.ExportAsync(query, context.RequestAborted);
        await (format == "csv"
            ? EmailExport.WriteCsvAsync(response.Body, entries, context.RequestAborted)
            : EmailExport.WriteJsonAsync(response.Body, entries, context.RequestAborted)).ConfigureAwait(false);
    }
}
