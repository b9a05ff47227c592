namespace SmtpTransport;

/// <summary>
/// A view of a stream that others read at the same time: it has a position of its own, and each read is done alone. Disposing it leaves the
/// stream open. One caller at a time for each view.
/// </summary>
/// <param name="inner">A stream that can seek.</param>
/// <param name="start">Where the content begins in it.</param>
/// <param name="gate">Held by the one that reads from the stream.</param>
internal sealed class SharedStream(Stream inner, long start, SemaphoreSlim gate) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inner.Length - start;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        gate.Wait();
        try
        {
            Align();
            var read = inner.Read(buffer);
            Position += read;
            return read;
        }
        finally
        {
            gate.Release();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Align();
            var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Position += read;
            return read;
        }
        finally
        {
            gate.Release();
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.End => Length + offset,
        _ => Position + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Align()
    {
        if (inner.Position != start + Position)
            inner.Position = start + Position;
    }
}
