using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of the page.</summary>
internal sealed class OutboxHandlers(IOutbox outbox, TimeProvider time)
{
    private const int PageSize = 100;

    public RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        OutboxPage.Map(group);
        group.MapGet("/counts", CountsAsync);
        group.MapGet("/emails", ListAsync);
        group.MapGet("/emails/{id:guid}", GetAsync);
        group.MapPost("/emails/{id:guid}/resend", context => ActAsync(context, outbox.ResendAsync));
        group.MapPost("/emails/{id:guid}/discard", context => ActAsync(context, outbox.DiscardAsync));
        group.MapPost("/emails/{id:guid}/cancel", context => ActAsync(context, outbox.CancelAsync));
        group.MapPost("/pause", context => SwitchAsync(context, outbox.PauseAsync));
        group.MapPost("/resume", context => SwitchAsync(context, outbox.ResumeAsync));
        return group;
    }

    private static Guid Id(HttpContext context) => Guid.Parse((string)context.Request.RouteValues["id"]!);

    private async Task CountsAsync(HttpContext context)
    {
        var counts = await outbox.CountAsync(context.RequestAborted).ConfigureAwait(false);
        var isPaused = await outbox.IsPausedAsync(context.RequestAborted).ConfigureAwait(false);
        var states = Enum.GetValues<OutboxState>().ToDictionary(state => state.ToString(), state => counts[state]);
        var view = new CountsView(isPaused, counts.Due, counts.OldestDue.TotalSeconds, states);
        await TypedResults.Json(view, OutboxJson.Default.CountsView).ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task ListAsync(HttpContext context)
    {
        OutboxState? state = null;
        if (context.Request.Query["state"] is [{ Length: > 0 } name])
        {
            if (!Enum.GetNames<OutboxState>().Contains(name))
            {
                await RefuseAsync(context, StatusCodes.Status400BadRequest, $"\"{name}\" is not a valid state.").ConfigureAwait(false);
                return;
            }
            state = Enum.Parse<OutboxState>(name);
        }
        Guid? before = null;
        if (context.Request.Query["before"] is [{ Length: > 0 } text])
        {
            if (!Guid.TryParse(text, out var id))
            {
                await RefuseAsync(context, StatusCodes.Status400BadRequest, "before is not a valid id.").ConfigureAwait(false);
                return;
            }
            before = id;
        }
        var query = new OutboxQuery { States = state is { } only ? [only] : [] };
        var page = await outbox.ListAsync(query, PageSize, before?.ToString("N"), context.RequestAborted).ConfigureAwait(false);
        IReadOnlyList<OutboxLine> lines = [.. page.Entries.Select(OutboxLine.FromEntry)];
        await TypedResults.Json(lines, OutboxJson.Default.IReadOnlyListOutboxLine).ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task GetAsync(HttpContext context)
    {
        if (await outbox.GetAsync(Id(context), context.RequestAborted).ConfigureAwait(false) is not { } entry)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }
        var view = OutboxView.FromEntry(entry, time.GetUtcNow());
        await TypedResults.Json(view, OutboxJson.Default.OutboxView).ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task ActAsync(HttpContext context, Func<Guid, CancellationToken, Task<bool>> act)
    {
        if (!await IsFromPageAsync(context).ConfigureAwait(false))
            return;
        bool isDone;
        try
        {
            // A decision that has started is carried out, even if the page is closed.
            isDone = await act(Id(context), CancellationToken.None).ConfigureAwait(false);
        }
        catch (CryptographicException)
        {
            await ConflictAsync(context, "The email cannot be decrypted (missing or foreign key).").ConfigureAwait(false);
            return;
        }
        if (isDone)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else if (await outbox.GetAsync(Id(context), context.RequestAborted).ConfigureAwait(false) is { } entry)
            await ConflictAsync(context, Describe(entry)).ConfigureAwait(false);
        else
            await NotFoundAsync(context).ConfigureAwait(false);
    }

    private static string Describe(OutboxEntry entry) => entry.HasMessage || entry.State == OutboxState.Sent
        ? $"The state {entry.State} of the email does not allow this action."
        : "The message of this email is not stored any more: it was removed after its time (KeepMessageFor), or erased.";

    private static async Task SwitchAsync(HttpContext context, Func<CancellationToken, Task> run)
    {
        if (!await IsFromPageAsync(context).ConfigureAwait(false))
            return;
        await run(CancellationToken.None).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task RefuseAsync(HttpContext context, int status, string text) =>
        TypedResults.Text(text, statusCode: status).ExecuteAsync(context);

    private static Task NotFoundAsync(HttpContext context) =>
        RefuseAsync(context, StatusCodes.Status404NotFound, "The outbox does not contain this email.");

    private static Task ConflictAsync(HttpContext context, string text) => RefuseAsync(context, StatusCodes.Status409Conflict, text);

    /// <summary>Checks a header that the page of another site cannot send, although the browser would add the user's cookies.</summary>
    private static async Task<bool> IsFromPageAsync(HttpContext context)
    {
        if (context.Request.Headers["X-Outbox"] == "1")
            return true;
        await RefuseAsync(context, StatusCodes.Status403Forbidden, "The header X-Outbox: 1 is missing.").ConfigureAwait(false);
        return false;
    }
}
