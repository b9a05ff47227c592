namespace SmtpTransport;

/// <summary>
/// The contents of an attachment on their way out. A failure to read them is told apart from one of the connection, and a second pass
/// starts at the first byte again. They are as long as they were at the beginning: a file that grows meanwhile is cut there, and one that
/// shrinks fails the send, so that no torn message goes out under the size that was declared.
/// </summary>
internal sealed class AttachmentContent(Stream inner, string name, bool leaveOpen) : Stream
{
    private readonly long _start = inner.Position;
    private readonly long _length = inner.Length - inner.Position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => Guarded(() => inner.Position - _start);
        set => Guarded(() => inner.Position = value + _start);
    }

    public override int Read(byte[] buffer, int offset, int count) => Guarded(() =>
    {
        var wanted = (int)Math.Min(count, Math.Max(0, _length - (inner.Position - _start)));
        var read = inner.Read(buffer, offset, wanted);
        return read > 0 || wanted == 0 ? read : throw new EndOfStreamException("it has become shorter while it was sent.");
    });

    public override long Seek(long offset, SeekOrigin origin) =>
        Guarded(() => inner.Seek(origin switch { SeekOrigin.Begin => _start + offset, SeekOrigin.End => _start + _length + offset, _ => inner.Position + offset }, SeekOrigin.Begin) - _start);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(name, exception);
        }
    }
}
