namespace SmtpTransport;

/// <summary>A target as a stream, because MimeKit writes to streams only.</summary>
internal sealed class MessageTargetStream(IMessageTarget target) : WriteOnlyStream
{
    protected override ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        target.WriteAsync(async, bytes, cancellationToken);
}
