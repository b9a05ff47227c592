using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SmtpTransport.Mailbox;

/// <summary>Answers the requests of the page.</summary>
internal sealed class MailboxHandlers(MailboxStore store, PickupFolderWatch? watch, CancellationToken stopping)
{
    // The page's own policy: its script and its style from here, and nothing else.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private const string NothingPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path)
    {
        var group = endpoints.MapGroup(path);
        // The page's addresses are relative to its folder.
        group.MapGet("", context =>
        {
            if (context.Request.Path.Value?.EndsWith('/') == true)
                return FileAsync(context, "index.html", "text/html; charset=utf-8");
            context.Response.Redirect($"{context.Request.PathBase}{context.Request.Path}/{context.Request.QueryString}");
            return Task.CompletedTask;
        });
        group.MapGet("/mailbox.js", context => FileAsync(context, "mailbox.js", "text/javascript; charset=utf-8"));
        group.MapGet("/mailbox.css", context => FileAsync(context, "mailbox.css", "text/css; charset=utf-8"));
        group.MapGet("/mails", ListAsync);
        group.MapGet("/events", EventsAsync);
        group.MapGet("/mails/{id}", context => WithMail(context, mail => JsonAsync(context, MailViews.View(mail), MailboxJson.Default.MailView)));
        group.MapGet("/mails/{id}/html", context => WithMail(context, mail => HtmlAsync(context, mail)));
        group.MapGet("/mails/{id}/source", context => WithMail(context, mail => SourceAsync(context, mail)));
        group.MapGet("/mails/{id}/attachments/{number:int}", context => WithMail(context, mail => AttachmentAsync(context, mail)));
        group.MapDelete("/mails", context => Delete(context, _ => true));
        group.MapDelete("/mails/{id}", context => Delete(context, mail => mail.Id == Id(context)));
        return group;
    }

    private static string? Id(HttpContext context) => (string?)context.Request.RouteValues["id"];

    private static void Head(HttpContext context, string type, string policy)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = type;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-DNS-Prefetch-Control"] = "off";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static async Task FileAsync(HttpContext context, string name, string type)
    {
        Head(context, type, PagePolicy);
        var stream = typeof(MailboxHandlers).Assembly.GetManifestResourceStream(name)!;
        await using (stream.ConfigureAwait(false))
            await stream.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private Task ListAsync(HttpContext context)
    {
        watch?.Look();
        return JsonAsync(context, [.. store.Mails.Select(MailViews.Line)], MailboxJson.Default.IReadOnlyListMailLine);
    }

    /// <summary>Server-sent events: a word at each change.</summary>
    private async Task EventsAsync(HttpContext context)
    {
        Head(context, "text/event-stream", NothingPolicy);
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
        if (store.Find(Id(context) ?? "") is { } mail)
            await answer(mail).ConfigureAwait(false);
        else
            await PlainAsync(context, StatusCodes.Status404NotFound, "There is no such mail.").ConfigureAwait(false);
    }

    private static async Task HtmlAsync(HttpContext context, CapturedMail mail)
    {
        Head(context, "text/html; charset=utf-8", SafeHtml.Policy);
        await context.Response.WriteAsync(MailViews.Html(mail) ?? "", context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task SourceAsync(HttpContext context, CapturedMail mail)
    {
        Head(context, "text/plain; charset=utf-8", NothingPolicy);
        if (context.Request.Query.ContainsKey("download"))
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"mail-{mail.Id}.eml\"";
        await context.Response.Body.WriteAsync(mail.Raw, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task AttachmentAsync(HttpContext context, CapturedMail mail)
    {
        var number = int.Parse((string)context.Request.RouteValues["number"]!, CultureInfo.InvariantCulture);
        if (mail.Parse()?.Attachments is not { } attachments || number < 0 || number >= attachments.Count)
        {
            await PlainAsync(context, StatusCodes.Status404NotFound, "There is no such attachment.").ConfigureAwait(false);
            return;
        }
        // Never shown here, whatever it says that it is.
        Head(context, "application/octet-stream", NothingPolicy);
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
            await PlainAsync(context, StatusCodes.Status403Forbidden, "The header X-Mailbox: 1 is missing.").ConfigureAwait(false);
            return;
        }
        context.Response.StatusCode = store.Remove(fits) > 0 ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
    }

    private static async Task PlainAsync(HttpContext context, int status, string text)
    {
        Head(context, "text/plain; charset=utf-8", NothingPolicy);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        Head(context, "application/json; charset=utf-8", NothingPolicy);
        await JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted).ConfigureAwait(false);
    }
}
