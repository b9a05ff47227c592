using System.Buffers;
using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// A message as octets, written once: it is held in pooled memory while it is small, so that its size is known and nothing is written twice.
/// A larger one is only measured, and written again as it is sent: memory does not grow with it. Not safe for concurrent use.
/// </summary>
internal sealed class MessageBytes : Stream
{
    /// <summary>What is held at most, in octets.</summary>
    public const int MostHeld = 2 * 1024 * 1024;

    private readonly List<byte[]> _blocks = [];
    private int _used;
    private byte _last;

    private readonly bool _measures;

    private MessageBytes(bool measures)
    {
        _measures = measures;
    }

    /// <summary>In octets, as SIZE counts them (RFC 1870): dots are not doubled. Only where it <see cref="IsMeasured"/>.</summary>
    public long Size { get; private set; }

    /// <summary>False where the message is too large to be held, and nobody asked how large.</summary>
    public bool IsMeasured => _measures || IsHeld;

    /// <summary>Whether there is, or may be, an octet above 127: then the server is told so (BODY=8BITMIME, RFC 6152).</summary>
    public bool IsEightBit { get; private set; }

    /// <summary>False where the message is too large to be held.</summary>
    public bool IsHeld => Size <= MostHeld;

    /// <summary>True where the last line has its end.</summary>
    public bool EndsLine => _last == (byte)'\n';

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Size;

    public override long Position
    {
        get => Size;
        set => throw new NotSupportedException();
    }

    /// <summary>Writes the message. One that is too large to be held is read to its end only to be measured.</summary>
    public static MessageBytes Of(MimeMessage message, FormatOptions format, bool measure, CancellationToken cancellationToken)
    {
        var bytes = new MessageBytes(measure);
        try
        {
            message.WriteTo(format, bytes, cancellationToken);
            return bytes;
        }
        catch (TooLargeException)
        {
            bytes.IsEightBit = true;
            return bytes;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or NotSupportedException)
        {
            bytes.Dispose();
            throw new MailContentException(SmtpErrorCodes.InvalidMessage, $"The message cannot be written: {exception.Message}", exception);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>What is held, in its order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Blocks()
    {
        for (var i = 0; i < _blocks.Count; i++)
            yield return _blocks[i].AsMemory(0, i == _blocks.Count - 1 ? _used : _blocks[i].Length);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty)
            return;
        Size += buffer.Length;
        IsEightBit |= !Ascii.IsValid(buffer);
        _last = buffer[^1];
        if (!IsHeld)
        {
            Release();
            if (!_measures)
                throw new TooLargeException();
            return;
        }
        while (buffer.Length > 0)
        {
            if (_blocks.Count == 0 || _used == _blocks[^1].Length)
            {
                // The first is enough for most mails; an attachment soon gets large blocks.
                _blocks.Add(ArrayPool<byte>.Shared.Rent(_blocks.Count == 0 ? 8 * 1024 : 256 * 1024));
                _used = 0;
            }
            var room = Math.Min(buffer.Length, _blocks[^1].Length - _used);
            buffer[..room].CopyTo(_blocks[^1].AsSpan(_used));
            _used += room;
            buffer = buffer[room..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Release();
        base.Dispose(disposing);
    }

    private void Release()
    {
        foreach (var block in _blocks)
            ArrayPool<byte>.Shared.Return(block);
        _blocks.Clear();
    }

    private sealed class TooLargeException : Exception;
}
