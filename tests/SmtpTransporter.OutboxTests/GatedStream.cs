namespace SmtpTransport.OutboxTests;

/// <summary>A stream whose content cannot be read before it is opened, and only asynchronously.</summary>
internal sealed class GatedStream : MemoryStream
{
    private readonly byte[] _content;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GatedStream(byte[] content)
        : base(content, writable: false) => _content = content;

    /// <summary>Completes when the first read begins.</summary>
    public Task Asked => _asked.Task;

    public void Open() => _open.SetResult();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("Read it asynchronously.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _asked.TrySetResult();
        await _open.Task.WaitAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _content.Length - (int)Position);
        _content.AsMemory((int)Position, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        var buffer = new byte[bufferSize];
        for (int read; (read = await ReadAsync(buffer, cancellationToken)) > 0;)
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
    }
}
