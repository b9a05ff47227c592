using System.Buffers;
using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>Collects bytes in pooled memory, which grows as needed. Not safe for concurrent use.</summary>
internal sealed class ByteBuffer(int size) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Adds text in UTF-8.</summary>
    public ByteBuffer Add(string text)
    {
        var room = Room(Encoding.UTF8.GetMaxByteCount(text.Length));
        Length += Encoding.UTF8.GetBytes(text, room);
        return this;
    }

    public ByteBuffer Add(long number)
    {
        number.TryFormat(Room(20), out var length, provider: CultureInfo.InvariantCulture);
        Length += length;
        return this;
    }

    public ByteBuffer Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
        return this;
    }

    /// <summary>Returns at least so much free memory after the content. Call <see cref="Take"/> with the length that was written to it.</summary>
    public Span<byte> Room(int length)
    {
        if (_bytes.Length - Length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + length, _bytes.Length * 2));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(Length);
    }

    public void Take(int length) => Length += length;

    public void Clear() => Length = 0;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }
}
