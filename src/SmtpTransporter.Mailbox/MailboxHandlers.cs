using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SmtpTransport.Mailbox;

/// <summary>Answers the requests of the page.</summary>
internal sealed class MailboxHandlers(MailboxStore store, PickupFolderWatch? watch, CancellationToken stopping)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        group.MapGet("", PageAnswers.IndexAsync);
        group.MapGet("/mailbox.js", context => PageAnswers.FileAsync(context, "mailbox.js", "text/javascript; charset=utf-8"));
        group.MapGet("/mailbox.css", context => PageAnswers.FileAsync(context, "mailbox.css", "text/css; charset=utf-8"));
        group.MapGet("/mails", ListAsync);
        group.MapGet("/events", EventsAsync);
        group.MapGet("/mails/{id}", context => WithMail(context, message => PageAnswers.JsonAsync(context, MailViews.View(message), MailboxJson.Default.MailView)));
        group.MapGet("/mails/{id}/html", context => WithMail(context, message => HtmlAsync(context, message)));
        group.MapGet("/mails/{id}/source", context => WithMail(context, message => SourceAsync(context, message)));
        group.MapGet("/mails/{id}/attachments/{number:int}", context => WithMail(context, message => AttachmentAsync(context, message)));
        group.MapDelete("/mails", context => Delete(context, _ => true));
        group.MapDelete("/mails/{id}", context => Delete(context, message => message.Id == Id(context)));
        return group;
    }

    private static string? Id(HttpContext context) => (string?)context.Request.RouteValues["id"];

    private Task ListAsync(HttpContext context)
    {
        watch?.Look();
        return PageAnswers.JsonAsync(context, [.. store.Mails.Select(MailViews.Line)], MailboxJson.Default.IReadOnlyListMailLine);
    }

    /// <summary>Server-sent events: a word at each change.</summary>
    private async Task EventsAsync(HttpContext context)
    {
        PageAnswers.Head(context, "text/event-stream", PageAnswers.NothingPolicy);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            while (true)
            {
                var changed = store.Changed;
                await context.Response.WriteAsync("data: changed\n\n", end.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                // A word now and then shows a connection that is gone.
                await changed.WaitAsync(KeepAlive, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the application stops.
        }
    }

    private async Task WithMail(HttpContext context, Func<CapturedMail, Task> answer)
    {
        if (store.Find(Id(context) ?? "") is { } message)
            await answer(message).ConfigureAwait(false);
        else
            await PageAnswers.PlainAsync(context, StatusCodes.Status404NotFound, "There is no such mail.").ConfigureAwait(false);
    }

    private static async Task HtmlAsync(HttpContext context, CapturedMail message)
    {
        PageAnswers.Head(context, "text/html; charset=utf-8", SafeHtml.Policy);
        await context.Response.WriteAsync(MailViews.Html(message) ?? "", context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task SourceAsync(HttpContext context, CapturedMail message)
    {
        PageAnswers.Head(context, "text/plain; charset=utf-8", PageAnswers.NothingPolicy);
        if (context.Request.Query.ContainsKey("download"))
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"mail-{message.Id}.eml\"";
        await context.Response.Body.WriteAsync(message.Raw, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task AttachmentAsync(HttpContext context, CapturedMail message)
    {
        var number = int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);
        if (message.Parse()?.Attachments is not { } attachments || number < 0 || number >= attachments.Count)
        {
            await PageAnswers.PlainAsync(context, StatusCodes.Status404NotFound, "There is no such attachment.").ConfigureAwait(false);
            return;
        }
        // Never shown here, whatever it says that it is.
        PageAnswers.Head(context, "application/octet-stream", PageAnswers.NothingPolicy);
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(attachments[number].Name);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        await context.Response.Body.WriteAsync(attachments[number].GetContent(), context.RequestAborted).ConfigureAwait(false);
    }

    private async Task Delete(HttpContext context, Func<CapturedMail, bool> fits)
    {
        // No other site's page can send this header.
        if (context.Request.Headers["X-Mailbox"] != "1")
        {
            await PageAnswers.PlainAsync(context, StatusCodes.Status403Forbidden, "The header X-Mailbox: 1 is missing.").ConfigureAwait(false);
            return;
        }
        context.Response.StatusCode = store.Remove(fits) > 0 ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
    }
}
