using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Mailbox;

/// <summary>Handles the requests of the page that do something. Safe for concurrent callers.</summary>
internal sealed class MessageActions(MailboxStore store, IStoredMessageSender? release, HttpClient? linkClient)
{
    public bool CanRelease => release is not null;

    public bool CanRequestLinks => linkClient is not null;

    /// <summary>Answers only requests with the header <c>X-Mailbox: 1</c>, which a page of another site cannot send.</summary>
    public static RequestDelegate FromPage(RequestDelegate next) => context =>
        context.Request.Headers["X-Mailbox"] == "1"
            ? next(context)
            : PageAnswers.PlainAsync(context, StatusCodes.Status403Forbidden, "The X-Mailbox: 1 header is missing.");

    public Task DeleteAsync(HttpContext context, Func<CapturedMessage, bool> predicate)
    {
        var removed = store.Remove(predicate);
        context.Response.StatusCode = removed > 0 ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    public Task MarkReadAsync(HttpContext context, CapturedMessage message)
    {
        store.MarkRead(message.Id);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public async Task RequestLinksAsync(HttpContext context, CapturedMessage message)
    {
        if (linkClient is null)
        {
            await RefuseAsync(context, "The mailbox requests no addresses: set MailboxOptions.LinkClient.").ConfigureAwait(false);
            return;
        }
        var links = message.Parse() is { } email ? LinkCheck.Find(email) : [];
        var answers = await LinkRequests.AskAsync(linkClient, links, context.RequestAborted).ConfigureAwait(false);
        await PageAnswers.JsonAsync(context, answers, MailboxJson.Default.IReadOnlyListLinkAnswer).ConfigureAwait(false);
    }

    public async Task ReleaseAsync(HttpContext context, CapturedMessage message)
    {
        if (release is null)
        {
            await RefuseAsync(context, "The mailbox releases no messages: set MailboxOptions.ReleaseTransporter.").ConfigureAwait(false);
            return;
        }
        StoredMessage stored;
        try
        {
            var request = await JsonSerializer.DeserializeAsync(
                context.Request.Body, MailboxJson.Default.ReleaseRequest, context.RequestAborted).ConfigureAwait(false);
            stored = new StoredMessage(message.Sender, request?.To ?? [], message.Raw);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            await PageAnswers.PlainAsync(context, StatusCodes.Status400BadRequest, exception.Message).ConfigureAwait(false);
            return;
        }
        var result = await release.SendAsync(stored, context.RequestAborted).ConfigureAwait(false);
        var view = new ReleaseView(result.Success, result.ToString());
        await PageAnswers.JsonAsync(context, view, MailboxJson.Default.ReleaseView).ConfigureAwait(false);
    }

    private static Task RefuseAsync(HttpContext context, string text) =>
        PageAnswers.PlainAsync(context, StatusCodes.Status409Conflict, text);
}
