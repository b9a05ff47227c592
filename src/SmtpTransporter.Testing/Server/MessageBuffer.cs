using System.Buffers;

namespace SmtpTransport.Testing;

/// <summary>The message as it arrives: keeps nothing beyond the limit, and detects line ends that are not CRLF. Used by one task.</summary>
internal sealed class MessageBuffer(long limit)
{
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private bool _afterCarriageReturn;

    /// <summary>The size of the message in bytes, whether they were kept or not.</summary>
    public long Length { get; private set; }

    public bool IsTooLarge => Length > limit;

    public bool HasBareLineEnd { get; private set; }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>Appends bytes whose line ends the caller has checked.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (!IsTooLarge)
            _bytes.Write(bytes);
    }

    /// <summary>Appends the bytes of a chunk (BDAT), and checks their line ends.</summary>
    public void AppendChunk(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (rest[0] == '\n')
                    rest = rest[1..];
                else
                    HasBareLineEnd = true;
                continue;
            }

            var at = rest.IndexOfAny((byte)'\r', (byte)'\n');
            if (at < 0)
                break;
            if (rest[at] == '\r')
                _afterCarriageReturn = true;
            else
                HasBareLineEnd = true;
            rest = rest[(at + 1)..];
        }
        Append(bytes);
    }

    public void MarkBareLineEnd() => HasBareLineEnd = true;

    /// <summary>Ends the message: a carriage return as its last byte is bare, too.</summary>
    public void Complete() => HasBareLineEnd |= _afterCarriageReturn;
}
