using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>Reads what the page sends with an action.</summary>
internal static class ActionReader
{
    /// <summary>Reads it. A body must be JSON, which no form of another site can send.</summary>
    /// <returns>Null if the request was refused.</returns>
    public static async Task<ActionRequest?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or 0 && !context.Request.Headers.ContainsKey("Transfer-Encoding"))
            return new ActionRequest(null);
        if (!context.Request.HasJsonContentType())
        {
            await PageAnswers.RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, "The request must be JSON.")
                .ConfigureAwait(false);
            return null;
        }
        var problem = "The request is not valid JSON.";
        try
        {
            var request = await context.Request.ReadFromJsonAsync(OutboxJson.Default.ActionRequest, context.RequestAborted)
                .ConfigureAwait(false) ?? new ActionRequest(null);
            if (request.Reason is not { Length: > ActionRequest.MaxReason } reason)
                return request with { Reason = string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim() };
            problem = $"The reason has {reason.Length} characters; allowed: at most {ActionRequest.MaxReason}.";
        }
        catch (JsonException)
        {
            // The problem says so.
        }
        await PageAnswers.InvalidAsync(context, problem).ConfigureAwait(false);
        return null;
    }
}
