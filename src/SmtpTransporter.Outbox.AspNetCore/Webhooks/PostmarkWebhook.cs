using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>The webhooks of Postmark, which signs nothing: a user and a password in the URL prove who sends them.</summary>
internal sealed class PostmarkWebhook(Secrets logins, WebhookClock clock, EmailNames names) : WebhookService
{
    // In bytes, of user and password.
    private const int MaxLogin = 1000;

    public override string Name => "postmark";

    public override void CheckHeaders(IHeaderDictionary headers)
    {
        if (!logins.Contains(ReadLogin(headers)))
            throw new WebhookException(StatusCodes.Status401Unauthorized, "The user and the password are missing, or are not valid.");
    }

    public override Task<WebhookContents> ReadAsync(WebhookRequest request)
    {
        using var json = WebhookJson.Parse(request.Body);
        if (json.RootElement.ValueKind != System.Text.Json.JsonValueKind.Object)
            throw WebhookJson.Malformed();
        List<WebhookEvent> events = PostmarkEvents.Read(json.RootElement, names) is { } feedback ? [feedback] : [];
        foreach (var one in events)
        {
            // Nothing else says when it was sent.
            clock.Check(one.Feedback.Date ?? throw WebhookJson.Malformed());
        }
        return Task.FromResult(new WebhookContents(request.Digest, request.Digest, events));
    }

    /// <summary>The user and the password (RFC 7617); empty if there are none.</summary>
    private static byte[] ReadLogin(IHeaderDictionary headers)
    {
        if (!AuthenticationHeaderValue.TryParse(headers.Authorization.ToString(), out var login)
            || !login.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return [];
        var bytes = new byte[MaxLogin];
        return Convert.TryFromBase64String(login.Parameter ?? "", bytes, out var length) ? bytes[..length] : [];
    }
}
