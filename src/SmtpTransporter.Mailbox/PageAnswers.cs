using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Mailbox;

/// <summary>Writes the responses of a page: they are not cached, not framed, and load nothing from other sites.</summary>
internal static class PageAnswers
{
    public const string NothingPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

    // The page itself may load its own script and style sheet, and nothing else.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void Head(HttpContext context, string type, string policy)
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

    /// <summary>Writes the page. Its links are relative, so its own path must end with a slash.</summary>
    /// <param name="context">The request.</param>
    /// <param name="link">What its bar has at the end, as HTML. Default: nothing more.</param>
    public static Task IndexAsync(HttpContext context, string link = "")
    {
        if (context.Request.Path.Value?.EndsWith('/') == true)
            return WriteIndexAsync(context, link);
        context.Response.Redirect($"{context.Request.PathBase}{context.Request.Path}/{context.Request.QueryString}");
        return Task.CompletedTask;
    }

    private static async Task WriteIndexAsync(HttpContext context, string link)
    {
        Head(context, "text/html; charset=utf-8", PagePolicy);
        using var reader = new StreamReader(typeof(PageAnswers).Assembly.GetManifestResourceStream("index.html")!);
        var page = await reader.ReadToEndAsync(context.RequestAborted).ConfigureAwait(false);
        await context.Response.WriteAsync(page.Replace("</header>", link + "</header>", StringComparison.Ordinal), context.RequestAborted)
            .ConfigureAwait(false);
    }

    public static async Task FileAsync(HttpContext context, string name, string type)
    {
        Head(context, type, PagePolicy);
        var stream = typeof(PageAnswers).Assembly.GetManifestResourceStream(name)!;
        await using (stream.ConfigureAwait(false))
            await stream.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    public static async Task PlainAsync(HttpContext context, int status, string text)
    {
        Head(context, "text/plain; charset=utf-8", NothingPolicy);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    public static async Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        Head(context, "application/json; charset=utf-8", NothingPolicy);
        await JsonSerializer.SerializeAsync(context.Response.Body, value, type, context.RequestAborted).ConfigureAwait(false);
    }
}
