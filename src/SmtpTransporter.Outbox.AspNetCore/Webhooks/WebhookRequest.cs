using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>A request of a webhook.</summary>
/// <param name="Headers">Its header fields.</param>
/// <param name="Body">Its body; valid until it is handled.</param>
internal sealed record WebhookRequest(IHeaderDictionary Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The hash of the body, in hexadecimal digits.</summary>
    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Body.Span));
}
