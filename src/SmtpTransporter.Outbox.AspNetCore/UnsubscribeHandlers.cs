using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Handles the links by which recipients unsubscribe: a GET shows a button, and only a POST does it. Thread-safe.</summary>
internal sealed class UnsubscribeHandlers(UnsubscribeLinks links, ISuppressionList list)
{
    private const string Field = "List-Unsubscribe";
    private const string OneClick = "One-Click";
    private const string By = "unsubscribe link";

    // In seconds.
    private const string RetryAfter = "60";

    // In bytes.
    private const int MaxBody = 4096;

    private static readonly FormOptions FormLimits = new()
    {
        KeyLengthLimit = 100,
        ValueLengthLimit = 1000,
        ValueCountLimit = 10,
        MultipartBodyLengthLimit = MaxBody,
        MultipartHeadersLengthLimit = 1000,
    };

    public void Map(RouteGroupBuilder group)
    {
        group.MapMethods("/{token}", [HttpMethods.Get, HttpMethods.Head], ShowAsync);
        group.MapPost("/{token}", (RequestDelegate)UnsubscribeAsync);
    }

    private Task ShowAsync(HttpContext context) => Read(context) is { } request
        ? PageAsync(
            context,
            $"Unsubscribe {request.Address} from {NameOf(request)}?",
            $"""<form method="post"><input type="hidden" name="{Field}" value="{OneClick}"><button>Unsubscribe</button></form>""")
        : NotFoundAsync(context);

    private async Task UnsubscribeAsync(HttpContext context)
    {
        if (Read(context) is not { } request)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }
        if (await ReadBodyAsync(context).ConfigureAwait(false) is var status && status != StatusCodes.Status200OK)
        {
            await PageAnswers.RefuseAsync(context, status, $"The body must be the form {Field}={OneClick} (RFC 8058).")
                .ConfigureAwait(false);
            return;
        }
        var (answer, text) = await AddAsync(context, request).ConfigureAwait(false);
        context.Response.StatusCode = answer;
        await PageAsync(context, text, "").ConfigureAwait(false);
    }

    /// <summary>Adds the recipient to the list.</summary>
    /// <returns>The status and the text of the answer: success only for what is stored.</returns>
    private async Task<(int Status, string Text)> AddAsync(HttpContext context, UnsubscribeRequest request)
    {
        var entry = new Suppression(request.Address, SuppressionReason.Unsubscribe) { Stream = request.Stream, By = By };
        var done = $"{request.Address} gets no more emails of {NameOf(request)}.";
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("SmtpTransport.Outbox.Unsubscribe");
        try
        {
            if (await AddAsync(entry, logger).ConfigureAwait(false))
                return (StatusCodes.Status200OK, done);
            // The exception says that it is stored; the list knows.
            var stored = await list.FindAsync(request.Address, CancellationToken.None).ConfigureAwait(false);
            if (stored.Any(s => s.Stream == request.Stream))
                return (StatusCodes.Status200OK, $"{done} One that is being sent now may still arrive.");
        }
#pragma warning disable CA1031 // Whatever it is: the recipient is told that it must be done again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            UnsubscribeLog.Failed(logger, exception);
        }
        context.Response.Headers.RetryAfter = RetryAfter;
        return (StatusCodes.Status503ServiceUnavailable, "This could not be recorded now. Please try it again in a minute.");
    }

    /// <returns>False if a worker has not acknowledged it.</returns>
    private async Task<bool> AddAsync(Suppression entry, ILogger logger)
    {
        try
        {
            // Also if the client does not wait: what it holds back must be complete.
            await list.AddAsync(entry, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (OutboxUnacknowledgedException exception)
        {
            UnsubscribeLog.Unacknowledged(logger, exception);
            return false;
        }
    }

    private static string NameOf(UnsubscribeRequest request) => request.Stream is { } stream ? $"“{stream}”" : "this sender";

    private UnsubscribeRequest? Read(HttpContext context) => links.TryRead(context.Request.RouteValues["token"] as string);

    /// <summary>Reads the body.</summary>
    /// <returns>200 if it asks for unsubscription; otherwise the status of the answer.</returns>
    private static async Task<int> ReadBodyAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentLength > MaxBody)
            return StatusCodes.Status413PayloadTooLarge;
        if (!request.HasFormContentType)
            return StatusCodes.Status415UnsupportedMediaType;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBody;
        try
        {
            var form = await request.ReadFormAsync(FormLimits, context.RequestAborted).ConfigureAwait(false);
            return OneClick.Equals(form[Field], StringComparison.OrdinalIgnoreCase)
                ? StatusCodes.Status200OK
                : StatusCodes.Status400BadRequest;
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task PageAsync(HttpContext context, string text, string form)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'";
        // The address is in the path.
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex";
        var encoded = HtmlEncoder.Default.Encode(text);
        return TypedResults.Content(
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Unsubscribe</title></head>
            <body><p>{encoded}</p>{form}</body></html>
            """,
            "text/html; charset=utf-8", statusCode: context.Response.StatusCode).ExecuteAsync(context);
    }
}
