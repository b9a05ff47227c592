using System.Buffers;
using System.Text;

namespace SmtpTransport;

/// <summary>
/// A message as bytes, written once. A small message is held in pooled memory until it is disposed, so that its size is known before it is sent. A
/// larger one is only measured, and written again when it is sent: memory use does not grow with the message. Not safe for concurrent use.
/// </summary>
internal sealed class SerializedMessage : IMessageTarget, IDisposable
{
    /// <summary>The largest message that is held, in bytes; bytes that are shared do not count.</summary>
    public const int MaxHeld = 2 * 1024 * 1024;

    // The first block is enough for most messages; an attachment soon needs larger ones.
    private const int FirstBlockSize = 8 * 1024;
    private const int BlockSize = 256 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _blocks = [];
    private readonly bool _measure;
    private byte[]? _block;
    private List<byte[]>? _full;
    private int _start;
    private int _used;
    private long _shared;
    private byte _last;

    private SerializedMessage(bool measure)
    {
        _measure = measure;
    }

    /// <summary>The size in bytes, as SIZE counts them (RFC 1870): dots are not doubled. Valid only if <see cref="IsMeasured"/>.</summary>
    public long Size { get; private set; }

    /// <summary>Whether <see cref="Size"/> is known: false if the message is too large to be held and its size was not requested.</summary>
    public bool IsMeasured => _measure || IsHeld;

    /// <summary>Whether there may be a byte above 127, which the server must be informed of (BODY=8BITMIME, RFC 6152).</summary>
    public bool IsEightBit { get; private set; }

    /// <summary>Whether <see cref="Blocks"/> has the message: false if it is too large.</summary>
    public bool IsHeld => Size - _shared <= MaxHeld;

    /// <summary>Whether the last line is terminated.</summary>
    public bool EndsLine => _last == (byte)'\n';

    /// <summary>The message in its order, if it <see cref="IsHeld"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Blocks => _blocks;

    /// <summary>Writes a message into memory. If it is too large to be held, it is written to its end only to be measured.</summary>
    /// <param name="async">Whether attachments are read without blocking a thread.</param>
    /// <param name="message">The message, which must exist as long as the result does.</param>
    /// <param name="sevenBit">Whether the server lacks 8BITMIME.</param>
    /// <param name="measure">Whether the size of a message that is too large is needed.</param>
    /// <param name="cancellationToken">Cancels reading and writing.</param>
    /// <exception cref="EmailContentException">The message cannot be written, or an attachment cannot be read.</exception>
    public static async ValueTask<SerializedMessage> CreateAsync(
        bool async, MessageContent message, bool sevenBit, bool measure, CancellationToken cancellationToken)
    {
        var serialized = new SerializedMessage(measure);
        try
        {
            await message.WriteAsync(async, serialized, sevenBit, cancellationToken).ConfigureAwait(false);
            serialized.EndBlock();
            return serialized;
        }
        catch (TooLargeException)
        {
            serialized.IsEightBit = true;
            return serialized;
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException or NotSupportedException)
        {
            serialized.Dispose();
            throw new EmailContentException(SmtpErrorCodes.InvalidMessage, $"The message cannot be written: {exception.Message}", exception);
        }
        catch
        {
            serialized.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(bool async, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!bytes.IsEmpty)
            Append(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteSharedAsync(bool async, ReadOnlyMemory<byte> bytes, bool isEightBit, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty)
            return ValueTask.CompletedTask;
        _shared += bytes.Length;
        Count(bytes.Span, isEightBit);
        if (IsHeld)
        {
            EndBlock();
            _blocks.Add(bytes);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public bool TrySkip(long length)
    {
        if (Size - _shared + length <= MaxHeld)
            return false;
        Size += length;
        if (length > 0)
            _last = (byte)'\n';
        StopHolding();
        return true;
    }

    public void Dispose() => Release();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Count(bytes, !Ascii.IsValid(bytes));
        if (!IsHeld)
        {
            StopHolding();
            return;
        }
        while (bytes.Length > 0)
        {
            if (_block is null || _used == _block.Length)
                NextBlock();
            var length = Math.Min(bytes.Length, _block!.Length - _used);
            bytes[..length].CopyTo(_block.AsSpan(_used));
            _used += length;
            bytes = bytes[length..];
        }
    }

    private void Count(ReadOnlySpan<byte> bytes, bool isEightBit)
    {
        Size += bytes.Length;
        IsEightBit |= isEightBit;
        _last = bytes[^1];
    }

    private void EndBlock()
    {
        if (_used > _start)
            _blocks.Add(_block.AsMemory(_start, _used - _start));
        _start = _used;
    }

    private void NextBlock()
    {
        EndBlock();
        if (_block is not null)
            (_full ??= []).Add(_block);
        _block = ArrayPool<byte>.Shared.Rent(_block is null ? FirstBlockSize : BlockSize);
        _start = _used = 0;
    }

    private void StopHolding()
    {
        Release();
        if (!_measure)
            throw new TooLargeException();
    }

    private void Release()
    {
        _blocks.Clear();
        if (_block is not null)
            ArrayPool<byte>.Shared.Return(_block);
        _full?.ForEach(block => ArrayPool<byte>.Shared.Return(block));
        (_block, _full, _start, _used) = (null, null, 0, 0);
    }

    /// <summary>Ends the writing of a message that needs neither to be held nor to be measured: MimeKit can be stopped by an exception only.</summary>
    private sealed class TooLargeException : Exception;
}
