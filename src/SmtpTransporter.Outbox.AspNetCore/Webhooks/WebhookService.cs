using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>A service whose webhooks are read. Thread-safe.</summary>
internal abstract class WebhookService
{
    /// <summary>The name in the path, such as <c>sendgrid</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the service sends this media type.</summary>
    /// <param name="mediaType">The media type, without its parameters.</param>
    public virtual bool Accepts(string mediaType) => mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks what can be checked before the body is read.</summary>
    /// <exception cref="WebhookException">The request is refused.</exception>
    public virtual void CheckHeaders(IHeaderDictionary headers)
    {
    }

    /// <summary>Verifies a request, and then reads it.</summary>
    /// <exception cref="WebhookException">The request is refused.</exception>
    public abstract Task<WebhookContents> ReadAsync(WebhookRequest request);
}
