using System.Buffers;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// A message as octets, written once: it is held in pooled memory while it is small, so that its size is known and nothing is written twice.
/// A larger one is only measured, and written again as it is sent: memory does not grow with it. Not safe for concurrent use.
/// </summary>
internal sealed class SerializedMessage : Stream
{
    /// <summary>What is held at most, in octets.</summary>
    public const int MostHeld = 2 * 1024 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _blocks = [];
    private byte[]? _block;
    private List<byte[]>? _full;
    private int _from;
    private int _used;
    private long _shared;
    private byte _last;

    private readonly bool _measures;

    private SerializedMessage(bool measures)
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
    public bool IsHeld => Size - _shared <= MostHeld;

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
    public static SerializedMessage Of(MessageContent message, bool sevenBit, bool measure, CancellationToken cancellationToken)
    {
        var bytes = new SerializedMessage(measure);
        try
        {
            message.WriteAsync(async: false, bytes, sevenBit, cancellationToken).GetCompletedResult();
            bytes.EndBlock();
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
            throw new EmailContentException(SmtpErrorCodes.InvalidMessage, $"The message cannot be written: {exception.Message}", exception);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>What is held, in its order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Blocks => _blocks;

    /// <summary>Octets that are held elsewhere, for as long as the message is: they are neither copied nor looked at.</summary>
    public void Share(ReadOnlyMemory<byte> octets, bool isEightBit)
    {
        if (octets.IsEmpty)
            return;
        _shared += octets.Length;
        Size += octets.Length;
        IsEightBit |= isEightBit;
        _last = octets.Span[^1];
        if (!IsHeld)
            return;
        EndBlock();
        _blocks.Add(octets);
    }

    /// <summary>
    /// Passes over octets that only have to be counted, where the message is too large with them: they are all ASCII, and end a line. False where
    /// they are to be written.
    /// </summary>
    public bool Skip(long length)
    {
        if (Size - _shared + length <= MostHeld)
            return false;
        Size += length;
        if (length > 0)
            _last = (byte)'\n';
        GiveUp();
        return true;
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
            GiveUp();
            return;
        }
        while (buffer.Length > 0)
        {
            if (_block is null || _used == _block.Length)
                NextBlock();
            var room = Math.Min(buffer.Length, _block!.Length - _used);
            buffer[..room].CopyTo(_block.AsSpan(_used));
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

    private void EndBlock()
    {
        if (_used > _from)
            _blocks.Add(_block.AsMemory(_from, _used - _from));
        _from = _used;
    }

    // The first is enough for most mails; an attachment soon gets large blocks.
    private void NextBlock()
    {
        EndBlock();
        if (_block is not null)
            (_full ??= []).Add(_block);
        _block = ArrayPool<byte>.Shared.Rent(_block is null ? 8 * 1024 : 256 * 1024);
        _from = _used = 0;
    }

    private void GiveUp()
    {
        Release();
        if (!_measures)
            throw new TooLargeException();
    }

    private void Release()
    {
        _blocks.Clear();
        if (_block is not null)
            ArrayPool<byte>.Shared.Return(_block);
        _full?.ForEach(block => ArrayPool<byte>.Shared.Return(block));
        (_block, _full, _from, _used) = (null, null, 0, 0);
    }

    private sealed class TooLargeException : Exception;
}
