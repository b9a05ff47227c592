namespace SmtpTransport.TestingTests;

/// <summary>A stream below TLS that counts the bytes and keeps the content type of each record (RFC 5246, section 6.2.1).</summary>
internal sealed class RecordTap(Stream inner) : Stream
{
    private readonly List<byte> _types = [];
    private readonly byte[] _header = new byte[5];
    private int _inHeader;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;

    public IReadOnlyList<byte> Types => _types;

    public int Bytes { get; private set; }

    /// <summary>Completes when the first byte has arrived.</summary>
    public Task Begun => _begun.Task;

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
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Note(buffer.Span[..read]);
        Bytes += read;
        if (read > 0)
            _begun.TrySetResult();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Note(ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            if (_left > 0)
            {
                _left--;
                continue;
            }

            _header[_inHeader++] = next;
            if (_inHeader < _header.Length)
                continue;
            _types.Add(_header[0]);
            _left = (_header[3] << 8) | _header[4];
            _inHeader = 0;
        }
    }
}
