using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>Answers the requests of the page.</summary>
internal sealed class OutboxHandlers(IOutbox outbox, TimeProvider time)
{
    private const int PageSize = 100;

    public RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        OutboxPage.Map(group);
        group.MapGet("/counts", CountsAsync);
        group.MapGet("/mails", ListAsync);
        group.MapGet("/mails/{id:guid}", MailAsync);
        group.MapPost("/mails/{id:guid}/resend", context => ChangeAsync(context, outbox.ResendAsync));
        group.MapPost("/mails/{id:guid}/discard", context => ChangeAsync(context, outbox.DiscardAsync));
        group.MapPost("/mails/{id:guid}/cancel", context => ChangeAsync(context, outbox.CancelAsync));
        group.MapPost("/pause", context => SwitchAsync(context, outbox.PauseAsync));
        group.MapPost("/resume", context => SwitchAsync(context, outbox.ResumeAsync));
        return group;
    }

    private static Guid Id(HttpContext context) => Guid.Parse((string)context.Request.RouteValues["id"]!);

    private async Task CountsAsync(HttpContext context)
    {
        var counts = await outbox.CountAsync(context.RequestAborted).ConfigureAwait(false);
        var isPaused = await outbox.IsPausedAsync(context.RequestAborted).ConfigureAwait(false);
        var view = new CountsView(
            isPaused, counts.Due, counts.OldestDue.TotalSeconds,
            Enum.GetValues<OutboxState>().ToDictionary(s => s.ToString(), s => counts[s]));
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
        var entries = await outbox.ListAsync(state, PageSize, before, context.RequestAborted).ConfigureAwait(false);
        IReadOnlyList<OutboxLine> lines = [.. entries.Select(OutboxLine.Of)];
        await TypedResults.Json(lines, OutboxJson.Default.IReadOnlyListOutboxLine).ExecuteAsync(context).ConfigureAwait(false);
    }

    private async Task MailAsync(HttpContext context)
    {
        if (await outbox.GetAsync(Id(context), context.RequestAborted).ConfigureAwait(false) is { } entry)
        {
            var view = OutboxView.Of(entry, time.GetUtcNow());
            await TypedResults.Json(view, OutboxJson.Default.OutboxView).ExecuteAsync(context).ConfigureAwait(false);
        }
        else
        {
            await NoneAsync(context).ConfigureAwait(false);
        }
    }

    private async Task ChangeAsync(HttpContext context, Func<Guid, CancellationToken, Task<bool>> change)
    {
        if (!await IsFromPageAsync(context).ConfigureAwait(false))
            return;
        bool isDone;
        try
        {
            // A decision that has begun is completed, even if the page is closed.
            isDone = await change(Id(context), CancellationToken.None).ConfigureAwait(false);
        }
        catch (CryptographicException)
        {
            await RefuseAsync(
                context, StatusCodes.Status409Conflict,
                "The email cannot be decrypted: its key is missing, or belongs to another application.").ConfigureAwait(false);
            return;
        }
        if (isDone)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else if (await outbox.GetAsync(Id(context), context.RequestAborted).ConfigureAwait(false) is { } entry)
        {
            var text = $"The email is {entry.State}: this is no longer possible.";
            await RefuseAsync(context, StatusCodes.Status409Conflict, text).ConfigureAwait(false);
        }
        else
        {
            await NoneAsync(context).ConfigureAwait(false);
        }
    }

    private static async Task SwitchAsync(HttpContext context, Func<CancellationToken, Task> run)
    {
        if (!await IsFromPageAsync(context).ConfigureAwait(false))
            return;
        await run(CancellationToken.None).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task RefuseAsync(HttpContext context, int status, string text) =>
        TypedResults.Text(text, statusCode: status).ExecuteAsync(context);

    private static Task NoneAsync(HttpContext context) => RefuseAsync(context, StatusCodes.Status404NotFound, "There is no such email.");

    /// <summary>No other site's page can send this header, though the browser would add the user's cookies.</summary>
    private static async Task<bool> IsFromPageAsync(HttpContext context)
    {
        if (context.Request.Headers["X-Outbox"] == "1")
            return true;
        await RefuseAsync(context, StatusCodes.Status403Forbidden, "The header X-Outbox: 1 is missing.").ConfigureAwait(false);
        return false;
    }
}
