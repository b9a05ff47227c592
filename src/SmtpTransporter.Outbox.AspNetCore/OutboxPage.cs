using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SmtpTransport.Outbox;

/// <summary>The files of the page, and the headers of every response below its path.</summary>
internal static class OutboxPage
{
    // The page takes its script, its style and its data from its own path, and loads nothing from elsewhere.
    private const string FilePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; "
        + "frame-ancestors 'none'";

    private const string DataPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";

    private static readonly string[] Scripts =
        ["outbox.js", "page.js", "address.js", "list.js", "email.js", "actions.js", "lanes.js", "chart.js"];

    public static void Map(RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Add(SetHeaders);
        group.MapGet("", IndexAsync);
        group.MapGet("/outbox.css", context => SendAsync(context, "outbox.css", "text/css; charset=utf-8"));
        foreach (var script in Scripts)
            group.MapGet($"/{script}", context => SendAsync(context, script, "text/javascript; charset=utf-8"));
    }

    /// <summary>No response may be cached, framed, or read by another site.</summary>
    private static void SetHeaders(EndpointBuilder endpoint)
    {
        var handler = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            var headers = context.Response.Headers;
            headers.CacheControl = "no-store";
            headers.ContentSecurityPolicy = DataPolicy;
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Referrer-Policy"] = "no-referrer";
            headers.XContentTypeOptions = "nosniff";
            return handler(context);
        };
    }

    private static Task IndexAsync(HttpContext context)
    {
        // The addresses in the page are relative to its folder.
        var request = context.Request;
        return request.Path.Value?.EndsWith('/') == true
            ? SendAsync(context, "index.html", "text/html; charset=utf-8")
            : TypedResults.Redirect($"{request.PathBase}{request.Path}/{request.QueryString}").ExecuteAsync(context);
    }

    private static Task SendAsync(HttpContext context, string file, string type)
    {
        context.Response.Headers.ContentSecurityPolicy = FilePolicy;
        return TypedResults.Stream(typeof(OutboxPage).Assembly.GetManifestResourceStream(file)!, type).ExecuteAsync(context);
    }
}
