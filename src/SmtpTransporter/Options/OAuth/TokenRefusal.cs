using System.Globalization;
using System.Net;
using System.Text.Json;

namespace SmtpTransport;

/// <summary>Turns the refusal of an authorization server into an exception that says what to do.</summary>
internal static class TokenRefusal
{
    private const string StrangerRemedy =
        "Check the proxy and the URL of the token endpoint: something other than an authorization server has answered.";

    // Shorter secrets may be a part of a known error code by chance.
    private const int ShortestInCode = 8;

    private static readonly TimeSpan MaxPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    // Microsoft's numbers say more than the error code: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    private static readonly (string Number, string Remedy)[] MicrosoftRemedies =
    [
        ("AADSTS7000215", "The secret is wrong: use the secret's value, not its id."),
        ("AADSTS7000222", "The secret has expired: create a new one, or use a certificate or a managed identity."),
        ("AADSTS700027", "Upload the public part of this certificate to the application in Microsoft Entra, and check the clock."),
        ("AADSTS70021", "Add a federated credential with the issuer, subject and audience of this token to the application."),
        ("AADSTS700016", "Check the client id and the tenant: the application is not known there."),
        ("AADSTS90002", "Check the tenant: it is not known."),
        ("AADSTS65001", "Let an administrator, or the user, consent to the permission."),
        ("AADSTS50076", "Sign in again: the tenant demands another factor."),
    ];

    /// <param name="endpoint">The URL without its query.</param>
    /// <param name="response">The response.</param>
    /// <param name="json">Its content; null if it is not an object.</param>
    /// <param name="now">The time of this machine.</param>
    /// <param name="secrets">What must not appear in the message.</param>
    /// <param name="transient">Further statuses that may change although nothing is done.</param>
    public static AccessTokenException Create(
        string endpoint, HttpResponseMessage response, JsonElement? json, DateTimeOffset now, IReadOnlyCollection<string> secrets,
        IReadOnlyCollection<HttpStatusCode> transient)
    {
        // App Service has another form: {"statusCode": 400, "message": "…"}.
        var (status, error, description) = (
            (int)response.StatusCode, Hide(Text(json, "error"), [.. secrets.Where(s => s.Length >= ShortestInCode)]),
            Hide(Text(json, "error_description") ?? Text(json, "message"), secrets));
        var isTransient = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || status >= 500
            || error is "temporarily_unavailable" || transient.Contains(response.StatusCode);
        DateTimeOffset? retryAt = isTransient && PauseOf(response, now) is { } pause ? now + pause : null;
        var said = json is null ? "no JSON" : $"{error ?? "no error code"} {description}".TrimEnd();
        var remedy = isTransient ? WaitRemedy(retryAt)
            : json is null && status is not (404 or 405 or (>= 300 and < 400)) ? StrangerRemedy
            : Remedy(status, error, description);
        return new AccessTokenException(
            $"{endpoint} answered {status}: {said.TrimEnd('.')}. {remedy}{ClockRemedy(response, now)}", isTransient)
        {
            Error = error,
            RetryAt = retryAt,
        };
    }

    private static string? Hide(string? text, IReadOnlyCollection<string> secrets)
    {
        foreach (var secret in secrets.Where(s => s.Length > 0))
        {
            foreach (var form in new[] { secret, Uri.EscapeDataString(secret), WebUtility.UrlEncode(secret) })
                text = text?.Replace(form, OptionText.Hidden, StringComparison.Ordinal);
        }
        return text is null ? null : ServerText.Clean(text);
    }

    private static string WaitRemedy(DateTimeOffset? retryAt) => retryAt is { } time
        ? string.Create(CultureInfo.InvariantCulture, $"Wait until {time.UtcDateTime:HH:mm:ss} UTC, as the server asks.")
        : "Try again later.";

    private static string Remedy(int status, string? error, string? description)
    {
        foreach (var (number, remedy) in MicrosoftRemedies)
        {
            if (description?.Contains(number, StringComparison.Ordinal) == true)
                return remedy;
        }
        return error switch
        {
            "invalid_client" =>
                "Check the client id, and whether its secret, certificate or federated credential is known there and valid.",
            "invalid_grant" => "Sign in again, or check the assertion: the grant has expired, was revoked, or is for another client.",
            "invalid_scope" or "invalid_resource" or "invalid_target" => "Check the scope: the server does not know it.",
            "unauthorized_client" => "Let an administrator allow this client to use this grant and scope.",
            "unsupported_grant_type" => "Use another provider: the server does not know this grant.",
            "access_denied" => "Sign in again and consent: the user, or an administrator, has refused.",
            "expired_token" => "Sign in again: the device code has expired.",
            "interaction_required" or "consent_required" or "login_required" => "Sign in again: the server wants to ask the user.",
            _ when status is 401 or 403 => "Check the credentials of the client and its permissions.",
            _ when status is 404 or 405 or (>= 300 and < 400) => "Check the URL of the token endpoint and the tenant.",
            _ => "Check the URL of the token endpoint and the request's client id and scope.",
        };
    }

    // Assertions are valid for some minutes only, so a wrong clock is a frequent cause.
    private static string ClockRemedy(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.Date is not { } server || (now - server).Duration() <= ClockTolerance || response.IsSuccessStatusCode)
            return "";
        var seconds = (long)(now - server).Duration().TotalSeconds;
        return $" The clock of this machine is {seconds} s {(now > server ? "ahead of" : "behind")} that of the server: set it.";
    }

    private static TimeSpan? PauseOf(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var pause = header?.Delta ?? (header?.Date is { } date ? date - (response.Headers.Date ?? now) : null);
        return pause is not { } value ? null : value < TimeSpan.Zero ? TimeSpan.Zero : value > MaxPause ? MaxPause : value;
    }

    // Only what is meant for people: the other members may repeat the request.
    private static string? Text(JsonElement? json, string name) =>
        json is { } value && value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? member.GetString()
            : null;
}
