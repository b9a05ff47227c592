using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SmtpTransport.Mailbox;

/// <summary>Handles the requests of the page. Safe for concurrent callers.</summary>
internal sealed class MailboxHandlers(
    MailboxStore store, PickupFolderWatch? watch, HostCheck hosts, PreviewHandlers? previews, CancellationToken stopping)
{
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        Get("", context => PageAnswers.IndexAsync(context, previews is null ? "" : PreviewHandlers.Link));
        Get("/mailbox.js", context => PageAnswers.FileAsync(context, "mailbox.js", "text/javascript; charset=utf-8"));
        Get("/mailbox.css", context => PageAnswers.FileAsync(context, "mailbox.css", "text/css; charset=utf-8"));
        Get("/messages", ListAsync);
        Get("/events", EventsAsync);
        Get("/messages/{id}", context => WithMessageAsync(context, ViewAsync));
        Get("/messages/{id}/html", context => WithMessageAsync(context, HtmlAsync));
        Get("/messages/{id}/source", context => WithMessageAsync(context, SourceAsync));
        Get("/messages/{id}/attachments/{number:int}", context => WithMessageAsync(context, AttachmentAsync));
        foreach (var (route, handler) in previews?.Routes ?? [])
            Get(route, handler);
        Delete("/messages", context => DeleteAsync(context, _ => true));
        Delete("/messages/{id}", context => DeleteAsync(context, message => message.Id == GetId(context)));
        return group;

        void Get(string pattern, RequestDelegate handler) => group.MapGet(pattern, hosts.Wrap(handler));
        void Delete(string pattern, RequestDelegate handler) => group.MapDelete(pattern, hosts.Wrap(handler));
    }

    private static string? GetId(HttpContext context) => (string?)context.Request.RouteValues["id"];

    private Task ListAsync(HttpContext context)
    {
        watch?.Scan();
        IReadOnlyList<MessageSummary> list = [.. store.Messages.Select(MessageViews.Summarize)];
        return PageAnswers.JsonAsync(context, list, MailboxJson.Default.IReadOnlyListMessageSummary);
    }

    /// <summary>Sends an event at each change (server-sent events).</summary>
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
                // A regular event detects a connection that was lost.
                await changed.WaitAsync(KeepAliveInterval, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the application is stopping.
        }
    }

    private async Task WithMessageAsync(HttpContext context, Func<HttpContext, CapturedMessage, Task> write)
    {
        if (store.Find(GetId(context) ?? "") is { } message)
            await write(context, message).ConfigureAwait(false);
        else
            await PageAnswers.PlainAsync(context, StatusCodes.Status404NotFound, "There is no such message.").ConfigureAwait(false);
    }

    private static Task ViewAsync(HttpContext context, CapturedMessage message) =>
        PageAnswers.JsonAsync(context, MessageViews.Create(message), MailboxJson.Default.MessageView);

    private static async Task HtmlAsync(HttpContext context, CapturedMessage message)
    {
        PageAnswers.Head(context, "text/html; charset=utf-8", SafeHtml.Policy);
        await context.Response.WriteAsync(MessageViews.GetHtml(message) ?? "", context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task SourceAsync(HttpContext context, CapturedMessage message)
    {
        PageAnswers.Head(context, "text/plain; charset=utf-8", PageAnswers.NothingPolicy);
        if (context.Request.Query.ContainsKey("download"))
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"message-{message.Id}.eml\"";
        await context.Response.Body.WriteAsync(message.Raw, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task AttachmentAsync(HttpContext context, CapturedMessage message)
    {
        var number = int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);
        if (message.Parse()?.Attachments is not { } attachments || number < 0 || number >= attachments.Count)
        {
            await PageAnswers.PlainAsync(context, StatusCodes.Status404NotFound, "There is no such attachment.").ConfigureAwait(false);
            return;
        }
        // An attachment is downloaded and never shown, whatever its type is.
        PageAnswers.Head(context, "application/octet-stream", PageAnswers.NothingPolicy);
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(attachments[number].Name);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        await context.Response.Body.WriteAsync(attachments[number].GetContent(), context.RequestAborted).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, Func<CapturedMessage, bool> predicate)
    {
        // A page of another site cannot send this header.
        if (context.Request.Headers["X-Mailbox"] != "1")
        {
            await PageAnswers.PlainAsync(context, StatusCodes.Status403Forbidden, "The X-Mailbox: 1 header is missing.")
                .ConfigureAwait(false);
            return;
        }
        var removed = store.Remove(predicate);
        context.Response.StatusCode = removed > 0 ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
    }
}
