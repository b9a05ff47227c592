namespace SmtpTransport;

/// <summary>The base of streams that can only be written to, for code that accepts nothing but a stream. It has no length and no position.</summary>
internal abstract class WriteOnlyStream : Stream
{
    public sealed override bool CanRead => false;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => true;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public sealed override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(async: false, buffer.AsMemory(offset, count), CancellationToken.None).GetCompletedResult();

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(async: true, buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(async: true, buffer, cancellationToken);

    public sealed override void Flush()
    {
    }

    public sealed override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Writes the next bytes.</summary>
    /// <param name="async">Whether to wait without blocking a thread; if false, the call completes before it returns.</param>
    /// <param name="bytes">The bytes, which the caller may overwrite afterwards.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    protected abstract ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
