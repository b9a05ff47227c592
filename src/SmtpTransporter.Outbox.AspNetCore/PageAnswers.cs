using System.Security.Claims;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>The answers to the page's requests for data, and whether a request is the page's own.</summary>
internal static class PageAnswers
{
    public static Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        TypedResults.Json(value, type).ExecuteAsync(context);

    public static Task RefuseAsync(HttpContext context, int status, string text) =>
        TypedResults.Text(text, statusCode: status).ExecuteAsync(context);

    public static Task InvalidAsync(HttpContext context, string text) => RefuseAsync(context, StatusCodes.Status400BadRequest, text);

    public static Task NotFoundAsync(HttpContext context) =>
        RefuseAsync(context, StatusCodes.Status404NotFound, "The outbox does not contain this email.");

    public static Task ConflictAsync(HttpContext context, string text) => RefuseAsync(context, StatusCodes.Status409Conflict, text);

    /// <summary>Who acts, for the history and the log.</summary>
    public static string NameOf(ClaimsPrincipal user)
    {
        string?[] names = [user.Identity?.Name, user.FindFirstValue(ClaimTypes.NameIdentifier), user.FindFirstValue("sub")];
        return names.FirstOrDefault(n => !string.IsNullOrWhiteSpace(n))?.Trim() ?? "a user of the page";
    }

    /// <summary>Checks a header that the page of another site cannot send, although the browser would add the user's cookies.</summary>
    /// <returns>False if the request was refused.</returns>
    public static async Task<bool> IsFromPageAsync(HttpContext context)
    {
        if (context.Request.Headers["X-Outbox"] == "1")
            return true;
        await RefuseAsync(context, StatusCodes.Status403Forbidden, "The header X-Outbox: 1 is missing.").ConfigureAwait(false);
        return false;
    }
}
