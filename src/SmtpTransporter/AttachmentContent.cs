namespace SmtpTransport;

/// <summary>
/// The contents of an attachment on their way out. A failure to read them is told apart from one of the connection, and a second pass
/// starts at the first byte again.
/// </summary>
internal sealed class AttachmentContent(Stream inner, string name, bool leaveOpen) : Stream
{
    private readonly long _start = inner.Position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => Guarded(() => inner.Length - _start);

    public override long Position
    {
        get => Guarded(() => inner.Position - _start);
        set => Guarded(() => inner.Position = value + _start);
    }

    public override int Read(byte[] buffer, int offset, int count) => Guarded(() => inner.Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Guarded(() => inner.Seek(origin == SeekOrigin.Begin ? offset + _start : offset, origin) - _start);

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
            throw MailContentException.Unreadable(name, exception);
        }
    }
}
