using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// The content of an attachment while it is sent. A failure to read it is distinguished from a failure of the connection, and it can be
/// read several times from its first byte. Its length is fixed when it is opened: a file that grows meanwhile is cut there, and one that
/// shrinks fails the send, so that no torn message is sent under the size that was declared.
/// </summary>
/// <param name="inner">A stream that can seek, at the first byte of the content.</param>
/// <param name="email">The email, for error messages.</param>
/// <param name="attachment">The attachment.</param>
internal sealed class AttachmentContent(Stream inner, Email email, MailAttachment attachment) : Stream
{
    private readonly long _start = inner.Position;
    private readonly long _length = inner.Length - inner.Position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get
        {
            try
            {
                return inner.Position - _start;
            }
            catch (Exception exception)
            {
                throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
            }
        }
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            buffer = buffer[..Remaining(buffer.Length)];
            return ThrowIfTorn(inner.Read(buffer), buffer.Length);
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            buffer = buffer[..Remaining(buffer.Length)];
            return ThrowIfTorn(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Length);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
        }
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        try
        {
            var position = origin switch
            {
                SeekOrigin.Begin => _start + offset,
                SeekOrigin.End => _start + _length + offset,
                _ => inner.Position + offset,
            };
            return inner.Seek(position, SeekOrigin.Begin) - _start;
        }
        catch (Exception exception)
        {
            throw EmailContentException.Unreadable(email.LabelOf(attachment), exception);
        }
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !attachment.LeavesOpen)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Remaining(int count) => (int)Math.Min(count, Math.Max(0, _length - (inner.Position - _start)));

    private static int ThrowIfTorn(int read, int wanted) =>
        read > 0 || wanted == 0 ? read : throw new EndOfStreamException("it became shorter while it was being sent.");
}
