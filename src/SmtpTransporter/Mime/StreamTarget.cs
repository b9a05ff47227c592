namespace SmtpTransport;

/// <summary>Writes a message to a stream, which remains open.</summary>
internal sealed class StreamTarget(Stream stream) : IMessageTarget
{
    public ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (async)
            return stream.WriteAsync(bytes, cancellationToken);
        stream.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteSharedAsync(bool async, ReadOnlyMemory<byte> bytes, bool isEightBit, CancellationToken cancellationToken) =>
        WriteAsync(async, bytes, cancellationToken);

    public bool TrySkip(long length) => false;
}
