using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace SmtpTransport.Outbox;

/// <summary>Handles the requests of webhooks: it answers with 200 only once what they say is recorded. Thread-safe.</summary>
internal sealed class WebhookHandlers(WebhookRecorder recorder, WebhookClock clock, int maxBody, ILogger logger)
{
    // Requests, each of which takes some 300 bytes.
    private const int MaxRemembered = 100_000;

    // In seconds.
    private const string RetryAfter = "60";

    private readonly WebhookMemory _memory = new(MaxRemembered);

    public void Map(RouteGroupBuilder group, WebhookService service) =>
        group.Map($"/{service.Name}", (RequestDelegate)(context => HandleAsync(context, service)));

    private async Task HandleAsync(HttpContext context, WebhookService service)
    {
        try
        {
            await ReadAsync(context, service).ConfigureAwait(false);
        }
        catch (WebhookException exception)
        {
            await RefuseAsync(context, service, exception).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer.
        }
#pragma warning disable CA1031 // Whatever it is: the service sends it again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            WebhookLog.Failed(logger, service.Name, exception);
            await AnswerLaterAsync(context, "This could not be recorded now.").ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(HttpContext context, WebhookService service)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
            throw new WebhookException(StatusCodes.Status405MethodNotAllowed, "Only POST is allowed.");
        CheckType(context.Request, service);
        WebhookBody.CheckLength(context, maxBody);
        service.CheckHeaders(context.Request.Headers);
        var contents = await ReadBodyAsync(context, service).ConfigureAwait(false);
        await _memory.RunAsync(
            $"{service.Name} {contents.Id}", contents.Digest, clock, () => recorder.RecordAsync(contents), context.RequestAborted)
            .ConfigureAwait(false);
    }

    // Recording may take a while, and needs the body no more.
    private async Task<WebhookContents> ReadBodyAsync(HttpContext context, WebhookService service)
    {
        using var body = await WebhookBody.ReadAsync(context, maxBody).ConfigureAwait(false);
        return await service.ReadAsync(new WebhookRequest(context.Request.Headers, body.Bytes)).ConfigureAwait(false);
    }

    private static void CheckType(HttpRequest request, WebhookService service)
    {
        var isRight = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType is { } mediaType && service.Accepts(mediaType)
            && (type.CharSet is not { } charset || charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        // What is compressed could be large.
        if (!isRight || request.Headers.ContentEncoding.Count > 0)
            throw new WebhookException(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON in UTF-8, not compressed.");
    }

    private async Task RefuseAsync(HttpContext context, WebhookService service, WebhookException exception)
    {
        WebhookLog.Refused(logger, service.Name, exception.Status, exception.Message);
        if (exception.Status == StatusCodes.Status503ServiceUnavailable)
        {
            await AnswerLaterAsync(context, exception.Message).ConfigureAwait(false);
            return;
        }
        if (exception.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"feedback\", charset=\"UTF-8\"";
        if (exception.Status == StatusCodes.Status405MethodNotAllowed)
            context.Response.Headers.Allow = HttpMethods.Post;
        // The rest of the body is not read.
        if (exception.Status == StatusCodes.Status413PayloadTooLarge)
            context.Response.Headers.Connection = "close";
        await PageAnswers.RefuseAsync(context, exception.Status, exception.Message).ConfigureAwait(false);
    }

    private static Task AnswerLaterAsync(HttpContext context, string text)
    {
        context.Response.Headers.RetryAfter = RetryAfter;
        return PageAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, text);
    }
}
