using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SmtpTransport.Outbox;

/// <summary>The body of a request, in memory that grows with what has arrived, up to a limit.</summary>
internal sealed class WebhookBody : IDisposable
{
    // In bytes. Most requests have less.
    private const int FirstLength = 16 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstLength);
    private int _length;

    private WebhookBody()
    {
    }

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Refuses a body that says that it is larger than the limit.</summary>
    /// <exception cref="WebhookException">The body is too large.</exception>
    public static void CheckLength(HttpContext context, int limit)
    {
        // The server's own limit may be lower, or higher. It counts the marks of chunks, too.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = (2L * limit) + FirstLength;
        if (context.Request.ContentLength > limit)
            throw TooLarge(limit);
    }

    /// <summary>Reads a body.</summary>
    /// <exception cref="WebhookException">The body is too large, or ends too early.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public static async Task<WebhookBody> ReadAsync(HttpContext context, int limit)
    {
        var body = new WebhookBody();
        try
        {
            await body.FillAsync(context.Request.Body, limit, context.RequestAborted).ConfigureAwait(false);
            return body;
        }
        catch (Exception exception)
        {
            body.Dispose();
            throw exception switch
            {
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(limit),
                BadHttpRequestException bad => new WebhookException(bad.StatusCode, "The body cannot be read."),
                IOException => new WebhookException(StatusCodes.Status400BadRequest, "The body ends too early."),
                _ => exception,
            };
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private async Task FillAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length)
                Grow(limit);
            var read = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return;
            _length += read;
            if (_length > limit)
                throw TooLarge(limit);
        }
    }

    private void Grow(int limit)
    {
        // One byte more than the limit, to see that there is one.
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 2L, Math.Max(limit + 1L, _buffer.Length + 1L)));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static WebhookException TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The body has more than {limit} bytes, the limit of this webhook.");
}
