namespace SmtpTransport;

/// <summary>
/// The network under MailKit and TLS. Every read and write ends with the operation's deadline, whose end closes the connection. Of the
/// overloads of a stream, only those with spans and memory do the work.
/// </summary>
internal abstract class WireStream : Stream, IWireProbe
{
    // Enough to recognize another protocol, and to show its first line.
    private const int MaxKept = 80;

    private CancellationTokenRegistration _abort;
    private volatile bool _isAborted;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    // MailKit's own timeout is for each call, not for the whole: it is kept out.
    public override bool CanTimeout => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// True if nothing has come since the last reply. What is readable while the connection is idle is its end, or a 421 before it.
    /// </summary>
    public abstract bool IsQuiet { get; }

    public bool NeverWaits { get; set; }

    public bool StopsForInput { get; set; }

    public long Written { get; protected set; }

    public virtual bool HidesWhatWasTaken => false;

    /// <summary>True once the end of a deadline has closed the connection, although nobody may have seen it.</summary>
    public bool IsAborted => _isAborted;

    public bool CountsPieces { get; set; }

    /// <summary>The first bytes that were read: they tell what the other side is. Null if none came.</summary>
    public byte[]? FirstBytes { get; private set; }

    protected Deadline? Deadline { get; private set; }

    /// <summary>From here on, calls end with this deadline.</summary>
    public void Begin(Deadline deadline)
    {
        End();
        Deadline = deadline;
        _abort = deadline.Token.UnsafeRegister(static wire => ((WireStream)wire!).AbortAtEnd(), this);
    }

    /// <summary>The deadline is over: a later one no longer closes the connection.</summary>
    public void End()
    {
        _abort.Dispose();
        Deadline = null;
    }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override void Write(ReadOnlySpan<byte> buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Closes the connection at once. Never throws.</summary>
    protected abstract void Abort();

    private void AbortAtEnd()
    {
        _isAborted = true;
        Abort();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _abort.Dispose();
            Abort();
        }
        base.Dispose(disposing);
    }

    /// <summary>Called with what was read, before it is given to the reader.</summary>
    protected void Keep(ReadOnlySpan<byte> read)
    {
        if (FirstBytes is null && read.Length > 0)
            FirstBytes = read[..Math.Min(read.Length, MaxKept)].ToArray();
    }

    protected static IOException InputInstead() => new("The other side has answered, and reads no more.");

    protected void ThrowIfItWouldWait()
    {
        if (NeverWaits && IsQuiet)
            throw new NothingToReadException();
    }
}
