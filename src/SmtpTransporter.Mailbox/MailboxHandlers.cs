using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SmtpTransport.Mailbox;

/// <summary>Handles the requests of the page. Safe for concurrent callers.</summary>
internal sealed class MailboxHandlers(
    MailboxStore store, PickupFolderWatch? watch, HostCheck hosts, PreviewHandlers? previews, MessageActions actions,
    CancellationToken stopping)
{
    private const int DefaultLimit = 100;

    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    private static readonly string[] Scripts = ["mailbox.js", "page.js", "list.js", "message.js", "panes.js", "source.js"];

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        Get("", context => PageAnswers.IndexAsync(context, previews is null ? "" : PreviewHandlers.Link));
        foreach (var script in Scripts)
            Get($"/{script}", context => PageAnswers.FileAsync(context, script, "text/javascript; charset=utf-8"));
        Get("/mailbox.css", context => PageAnswers.FileAsync(context, "mailbox.css", "text/css; charset=utf-8"));
        Get("/messages", ListAsync);
        Get("/events", EventsAsync);
        Get("/messages/{id}", context => WithMessageAsync(context, ViewAsync));
        Get("/messages/{id}/html", context => WithMessageAsync(context, HtmlAsync));
        Get("/messages/{id}/source", context => WithMessageAsync(context, SourceAsync));
        Get("/messages/{id}/attachments/{number:int}", context => WithMessageAsync(context, AttachmentAsync));
        foreach (var (route, handler) in previews?.Routes ?? [])
            Get(route, handler);
        Delete("/messages", context => actions.DeleteAsync(context, _ => true));
        Delete("/messages/{id}", context => actions.DeleteAsync(context, message => message.Id == GetId(context)));
        Post("/messages/{id}/read", actions.MarkReadAsync);
        Post("/messages/{id}/links", actions.RequestLinksAsync);
        Post("/messages/{id}/release", actions.ReleaseAsync);
        return group;

        void Get(string pattern, RequestDelegate handler) => group.MapGet(pattern, hosts.Wrap(handler));
        void Delete(string pattern, RequestDelegate handler) => group.MapDelete(pattern, hosts.Wrap(MessageActions.FromPage(handler)));
        void Post(string pattern, Func<HttpContext, CapturedMessage, Task> handler) =>
            group.MapPost(pattern, hosts.Wrap(MessageActions.FromPage(context => WithMessageAsync(context, handler))));
    }

    private static string? GetId(HttpContext context) => (string?)context.Request.RouteValues["id"];

    private Task ListAsync(HttpContext context)
    {
        watch?.Scan();
        var query = context.Request.Query;
        var limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : DefaultLimit;
        var search = new MessageSearch(query["search"].ToString());
        var all = store.Messages;
        var found = all.Where(m => search.Matches(m.Message, m.IsRead)).ToList();
        var list = new MessageListView(
            all.Count, all.Count(m => !m.IsRead), found.Count,
            [.. found.Take(limit).Select(m => MessageViews.Summarize(m.Message, m.IsRead))]);
        return PageAnswers.JsonAsync(context, list, MailboxJson.Default.MessageListView);
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

    private Task ViewAsync(HttpContext context, CapturedMessage message) =>
        PageAnswers.JsonAsync(
            context, MessageViews.Create(message, actions.CanRelease, actions.CanRequestLinks), MailboxJson.Default.MessageView);

    private static async Task HtmlAsync(HttpContext context, CapturedMessage message)
    {
        var remote = context.Request.Query.ContainsKey("remote") && IsFromPage(context);
        PageAnswers.Head(context, "text/html; charset=utf-8", remote ? SafeHtml.PolicyWithRemoteImages : SafeHtml.Policy);
        await context.Response.WriteAsync(MessageViews.GetHtml(message, remote) ?? "", context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether the page has sent the request, and no other site. Browsers tell that (Fetch Metadata) to hosts that they trust.
    /// </summary>
    private static bool IsFromPage(HttpContext context) =>
        context.Request.Headers["Sec-Fetch-Site"] is var site && (site.Count == 0 || site == "same-origin");

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
}
