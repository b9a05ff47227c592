using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Mailbox;

/// <summary>
/// Handles the requests of the page with the application's templates. Each request renders a template anew, so that the page, which asks
/// every second, shows a file as it is saved. Safe for concurrent callers.
/// </summary>
internal sealed class PreviewHandlers(IReadOnlyDictionary<string, Func<CancellationToken, Task<Email>>> previews)
{
    /// <summary>The link of the mailbox to this page.</summary>
    public const string Link = "<a class=\"quiet\" href=\"templates/\">Templates</a>";

    private readonly List<string> _names = [.. previews.Keys.Order(StringComparer.Ordinal)];

    public IEnumerable<(string Pattern, RequestDelegate Handler)> Routes =>
    [
        ("/templates/", context => PageAnswers.FileAsync(context, "templates.html", "text/html; charset=utf-8")),
        ("/templates/templates.js", context => PageAnswers.FileAsync(context, "templates.js", "text/javascript; charset=utf-8")),
        ("/templates/templates.css", context => PageAnswers.FileAsync(context, "templates.css", "text/css; charset=utf-8")),
        ("/templates/list", context => PageAnswers.JsonAsync(context, _names, MailboxJson.Default.IReadOnlyListString)),
        ("/templates/{number:int}", ViewAsync),
        ("/templates/{number:int}/html", HtmlAsync),
    ];

    private async Task ViewAsync(HttpContext context)
    {
        if (GetName(context) is not { } name)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }
        var view = await RenderAsync(name, context.RequestAborted).ConfigureAwait(false);
        await PageAnswers.JsonAsync(context, view, MailboxJson.Default.PreviewView).ConfigureAwait(false);
    }

    private async Task HtmlAsync(HttpContext context)
    {
        if (GetName(context) is not { } name)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }
        var email = await previews[name](context.RequestAborted).ConfigureAwait(false);
        PageAnswers.Head(context, "text/html; charset=utf-8", SafeHtml.Policy);
        var html = SafeHtml.Prepare(email.HtmlBody ?? "", email.Attachments).Html;
        await context.Response.WriteAsync(html, context.RequestAborted).ConfigureAwait(false);
    }

    private static Task NotFoundAsync(HttpContext context) =>
        PageAnswers.PlainAsync(context, StatusCodes.Status404NotFound, "There is no such template.");

    private string? GetName(HttpContext context) =>
        int.TryParse((string?)context.Request.RouteValues["number"], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number < _names.Count
            ? _names[number]
            : null;

    private async Task<PreviewView> RenderAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return Show(name, await previews[name](cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever is wrong with the template: whoever edits it sees it here.
            return new PreviewView(name, exception.Message, exception.Message, null, false, null, [], []);
        }
    }

    private static PreviewView Show(string name, Email email)
    {
        var html = email.HtmlBody is { } body ? SafeHtml.Prepare(body, email.Attachments).Html : null;
        var version = SHA256.HashData(Encoding.UTF8.GetBytes($"{email.Subject}\0{html}\0{email.TextBody}"));
        // A template has neither; without them the analysis would say so.
        if (email.From.Count == 0)
            email.From = "preview@example.com";
        if (email.To.Count == 0)
            email.To = "recipient@example.com";
        return new PreviewView(
            name, Convert.ToHexString(version), null, email.Subject, html is not null, email.TextBody,
            [.. email.Attachments.Select(MessageViews.View)], [.. email.Analyze().Select(MessageViews.View)]);
    }
}
