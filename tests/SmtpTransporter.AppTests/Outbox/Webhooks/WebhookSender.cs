using System.Net.Http.Headers;
using System.Text;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>What a service sends, made anew after its public documentation.</summary>
internal abstract class WebhookSender
{
    public static readonly string[] Names = ["ses", "sendgrid", "mailgun", "postmark"];

    /// <summary>The end of the path.</summary>
    public abstract string Name { get; }

    /// <summary>The media type that the service says.</summary>
    public virtual string ContentType => "application/json";

    public static WebhookSender Create(string name, bool isForger = false) => name switch
    {
        "ses" => new SesSender(isForger),
        "sendgrid" => new SendGridSender(),
        "mailgun" => new MailgunSender(isForger),
        _ => new PostmarkSender(isForger),
    };

    /// <summary>A hard bounce.</summary>
    public abstract string Bounce(string address, string messageId, DateTimeOffset at);

    /// <summary>The body that the service makes of an event, and the header fields of its signature.</summary>
    public abstract (string Body, (string Name, string Value)[] Headers) Sign(string json, DateTimeOffset at);

    /// <summary>A request with an event.</summary>
    public HttpRequestMessage Request(string json, DateTimeOffset at)
    {
        var (body, headers) = Sign(json, at);
        return Request(body, headers);
    }

    /// <summary>A request with a body.</summary>
    public HttpRequestMessage Request(string body, IEnumerable<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"feedback/{Name}")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}
