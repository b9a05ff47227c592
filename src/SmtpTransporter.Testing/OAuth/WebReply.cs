using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.Testing;

/// <summary>An HTTP response. Immutable.</summary>
internal sealed record WebReply(int Status, string Body)
{
    public Uri? Location { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public DateTimeOffset? Date { get; init; }

    public static WebReply Json(JsonObject body) => new(200, body.ToJsonString());

    /// <summary>An error (RFC 6749, section 5.2).</summary>
    public static WebReply Refuse(int status, string error, string? description = null)
    {
        var body = new JsonObject { ["error"] = error };
        if (description is not null)
            body["error_description"] = description;
        return new(status, body.ToJsonString());
    }

    public byte[] ToBytes()
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} Status\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Type: {(Body.StartsWith('{') ? "application/json" : "text/html")}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\nConnection: close\r\nCache-Control: no-store\r\n");
        if (Location is not null)
            head.Append(CultureInfo.InvariantCulture, $"Location: {Location.AbsoluteUri}\r\n");
        if (RetryAfter is { } pause)
            head.Append(CultureInfo.InvariantCulture, $"Retry-After: {(long)pause.TotalSeconds}\r\n");
        if (Date is { } date)
            head.Append(CultureInfo.InvariantCulture, $"Date: {date:R}\r\n");
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }

    // The body has tokens.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Status = ").Append(Status);
        return true;
    }
}
