namespace SmtpTransport.Tests;

/// <summary>A stream over another one that is not a socket for whoever uses it, and knows asynchronous calls only.</summary>
internal sealed class TunnelStream(Stream inner) : Stream
{
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether writes neither end nor are sent, even if the stream is disposed.</summary>
    public bool SwallowsWrites { get; set; }

    /// <summary>Whether an asynchronous read blocks its caller.</summary>
    public bool BlocksReads { get; init; }

    /// <summary>What Dispose blocks for, if anything.</summary>
    public Task? BlocksDispose { get; init; }

    public Task Disposed => _disposed.Task;

    /// <summary>Ends as soon as a read has found the end of the stream, or has failed.</summary>
    public Task Ended => _ended.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = 0;
        try
        {
            return count = BlocksReads ? inner.Read(buffer.Span) : await inner.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            if (count == 0)
                _ended.TrySetResult();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        SwallowsWrites ? new(new TaskCompletionSource().Task) : inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        BlocksDispose?.Wait(CancellationToken.None);
        inner.Dispose();
        _disposed.TrySetResult();
        base.Dispose(disposing);
    }
}
